# SPDX-License-Identifier: LGPL-2.1-or-later
"""The lab's cache: built kernels, unpacked packages, what was learnt of the machine."""
from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from typing import Any, IO, Iterator, List, Optional, Sequence

from .. import endings
from ..errors import Refused, why
from ..text import clean, decode

# No tool that is asked for something takes as long, on the slowest machine; to fetch a package
# or to unpack a source may.
TOOL_SECONDS, LONG_SECONDS = 300.0, 3600.0
_SCRATCH = re.compile(r"hugeproof-lab-(\d+)-")


def folder(*parts: str) -> str:
    """A path in $XDG_CACHE_HOME/hugeproof/lab; the folders above it are made."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    path = os.path.join(base, "hugeproof", "lab", *parts)
    try:
        os.makedirs(os.path.dirname(path) if parts else path, exist_ok=True)
    except OSError as error:
        raise Refused(f"cannot use the cache {clean(base)}: {why(error)} (XDG_CACHE_HOME "
                      "names another place)") from None
    return path


def add_content(digest: Any, path: str) -> None:
    """Adds what is in a file to a digest of hashlib's. Raises Refused."""
    try:
        with open(path, "rb") as file:
            for data in iter(lambda: file.read(1 << 20), b""):
                digest.update(data)
    except OSError as error:
        raise Refused(f"cannot read {clean(path)}: {why(error)}") from None


def key(*parts: str) -> str:
    """A short name for content: the same parts give the same name."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:16]


@contextlib.contextmanager
def locked(path: str) -> Iterator[None]:
    """Holds PATH.lock, so that two of us do not make the same thing at once. Who holds it has
    limits; a signal ends the wait."""
    fd = os.open(path + ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _lock(fd, path)
        yield
    finally:
        os.close(fd)


def _lock(fd: int, path: str) -> None:
    told = False
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if not told:
                print(f"run_tests.py: waiting for another that makes {clean(path)}",
                      file=sys.stderr)
            told = True
            endings.check()
            time.sleep(endings.LOOK_SECONDS)


@contextlib.contextmanager
def made_whole(path: str) -> Iterator[str]:
    """A temporary folder that becomes `path` when the block ends well. Needs its lock. Of
    one that a signal cut the files stay for the next to remove: a kernel's source has so many."""
    temporary = path + ".making"
    shutil.rmtree(temporary, ignore_errors=True)
    os.makedirs(temporary)
    try:
        yield temporary
        os.rename(temporary, path)
    except Exception:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def scratch() -> str:
    """A new folder in /run, for its maker to remove; those of killed makers go first."""
    for name in os.listdir("/run"):
        match = _SCRATCH.match(name)
        if match and not os.path.exists(f"/proc/{match.group(1)}"):
            shutil.rmtree(os.path.join("/run", name), ignore_errors=True)
    return tempfile.mkdtemp(prefix=f"hugeproof-lab-{os.getpid()}-", dir="/run")


def need_tool(name: str, remedy: str = "scripts/setup --lab installs it") -> str:
    """The path of a tool. Raises Refused when it is missing."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not found:
        raise Refused(f"{name} is not installed: {remedy}")
    return found


def run_tool(argv: Sequence[str], what: str, cwd: Optional[str] = None,
             limit_s: float = TOOL_SECONDS, output: Optional[IO[bytes]] = None) -> str:
    """The output of a tool; `output`: where it goes instead. Raises Refused with its last line
    when it fails, and after `limit_s` seconds."""
    done = endings.run_tool(argv, what, limit_s, stdout=output or subprocess.PIPE,
                            stderr=subprocess.PIPE, cwd=cwd)
    if done.returncode:
        raise Refused(f"{what}: {last_line(done.stderr) or f'exit status {done.returncode}'}")
    return decode(done.stdout or b"")


def last_line(data: bytes) -> str:
    """The last line that says something."""
    lines: List[str] = [line for line in decode(data).splitlines() if line.strip()]
    return clean(lines[-1].strip()) if lines else ""
