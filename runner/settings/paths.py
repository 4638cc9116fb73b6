# SPDX-License-Identifier: LGPL-2.1-or-later
"""The paths that undoing may change: settings that fixtures and the runner change, our own cgroups,
and our own temporary files. They are opened folder by folder, so that no link leads elsewhere."""
from __future__ import annotations

import errno
import os
import re
import stat
from contextlib import contextmanager
from typing import Iterator, Tuple

from ..observe import machine

# The blocks of memory.
MEMORY = "/sys/devices/system/memory/"
# The folders of settings.
SETTINGS = ("/proc/sys/", "/sys/kernel/mm/", "/sys/devices/system/node/",
            MEMORY,
            "/sys/kernel/debug/sched/", "/sys/kernel/debug/failslab/",
            "/sys/kernel/debug/fail_page_alloc/", "/sys/class/zram-control/")
UNPOISON = "/sys/kernel/debug/hwpoison/unpoison-pfn"
# The lab's swap, the only one that is ever turned off.
SWAP = re.compile(r"/dev/zram[0-9]{1,3}\Z")
# The prefix of our files, folders and mounts.
SCRATCH = "/run/hugeproof-"
# Where programs mount.
MOUNTS = SCRATCH + "mount-"
_OURS = "hugeproof-"


def _in_group(kind: str, path: str) -> bool:
    """True for one of our cgroups, or for cgroup.subtree_control of its hierarchy."""
    for root, of, _ in machine.mounted():
        if of in ("cgroup", "cgroup2") and path.startswith(root + "/"):
            below = path[len(root) + 1:]
            if below.startswith(_OURS) or (kind == "write" and below == "cgroup.subtree_control"):
                return True
    return False


def ours(kind: str, path: str) -> bool:
    """True when a record of that kind may name this path."""
    if os.path.normpath(path) != path:
        return False
    if kind == "unpoison":
        return path == UNPOISON
    if kind == "swapon":
        return SWAP.match(path) is not None
    if path.startswith(SCRATCH) and path != SCRATCH:
        return True
    return (kind == "write" and path.startswith(SETTINGS)) or (
        kind in ("write", "rmdir") and _in_group(kind, path))


@contextmanager
def parent(path: str) -> Iterator[Tuple[int, str]]:
    """A descriptor of the folder that contains the path, and the name in it. Raises OSError
    (ENOTDIR) if the path has a link."""
    *folders, name = path.strip("/").split("/")
    fd = os.open("/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for folder in folders:
            below = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC,
                            dir_fd=fd)
            os.close(fd)
            fd = below
        yield fd, name
    finally:
        os.close(fd)


def write(path: str, value: str) -> None:
    """Writes to an existing file, without following a link; raises OSError."""
    with parent(path) as (folder, name):
        fd = os.open(name, os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC,
                     dir_fd=folder)
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        os.write(fd, (value + "\n").encode())
    finally:
        os.close(fd)
