# SPDX-License-Identifier: LGPL-2.1-or-later
"""Host folders in the guest: by 9p, which QEMU does itself, or by virtiofs."""
from __future__ import annotations

import ctypes
import functools
import os
import shutil
import signal
import socket
import subprocess
from dataclasses import dataclass
from typing import List, Sequence

from ..errors import Refused
from . import cache

_CLONE_NEWNS, _MS_REC_PRIVATE = 0x20000, (1 << 14) | (1 << 18)
_SYS_MOUNT_SETATTR, _AT_RECURSIVE, _ATTR_RDONLY = 442, 0x8000, 1
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Share:
    """A host folder that the guest can mount by its tag."""

    tag: str
    path: str
    read_only: bool


def _comma(path: str) -> str:
    """QEMU reads two commas as one in a value."""
    return path.replace(",", ",,")


def qemu_9p(shares: Sequence[Share]) -> List[str]:
    """QEMU's words for sharing by 9p."""
    argv: List[str] = []
    for share in shares:
        argv += ["-fsdev", f"local,id={share.tag},path={_comma(share.path)},security_model=none,"
                 "multidevs=remap" + (",readonly=on" if share.read_only else ""),
                 "-device", f"virtio-9p-pci,fsdev={share.tag},mount_tag={share.tag}"]
    return argv


def qemu_virtiofs(shares: Sequence[Share], sockets: str) -> List[str]:
    """QEMU's words for sharing by virtiofs, with the daemons' sockets in that folder."""
    argv: List[str] = []
    for share in shares:
        argv += ["-chardev", f"socket,id={share.tag},path={_comma(sockets)}/{share.tag}.socket",
                 "-device", f"vhost-user-fs-pci,chardev={share.tag},tag={share.tag}"]
    return argv


def virtiofsd() -> str:
    """The daemon's path. Raises Refused."""
    path = shutil.which("virtiofsd", path=os.environ.get("PATH", "")
                        + ":/usr/libexec:/usr/lib/qemu")
    if not path:
        raise Refused("this kernel shares files by virtiofs alone, and virtiofsd is not "
                      "installed: install it (package virtiofsd or qemu-system-common), or take "
                      "a kernel with 9p")
    return path


def _confine(read_only: bool) -> None:
    """In the daemon, before it starts: it dies with us, and sees the host's files
    read-only where the guest must not write."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if not read_only:
        return
    if _libc.unshare(_CLONE_NEWNS) or _libc.mount(None, b"/", None, _MS_REC_PRIVATE, None):
        os._exit(126)
    attributes = (ctypes.c_uint64 * 4)(_ATTR_RDONLY, 0, 0, 0)
    if _libc.syscall(_SYS_MOUNT_SETATTR, -1, b"/", _AT_RECURSIVE, attributes,
                     ctypes.sizeof(attributes)):
        os._exit(125)


def start_virtiofsd(shares: Sequence[Share], folder: str) -> "List[subprocess.Popen[bytes]]":
    """Starts a daemon for each share, on sockets in the folder; what they say goes to
    its file `daemons`. They leave when QEMU does. Raises Refused."""
    daemon = virtiofsd()
    started = []
    for share in shares:
        with socket.socket(socket.AF_UNIX) as listening, open(
                os.path.join(folder, "daemons"), "ab") as log:
            listening.bind(os.path.join(folder, share.tag + ".socket"))
            listening.listen(1)
            started.append(subprocess.Popen(  # pylint: disable=consider-using-with
                [daemon, f"--fd={listening.fileno()}", "-o", f"source={share.path}",
                 "-o", "sandbox=chroot"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                pass_fds=[listening.fileno()],
                preexec_fn=functools.partial(_confine, share.read_only)))
    return started


def need(sharing: str) -> None:
    """Raises Refused when this machine cannot share in that way."""
    if sharing == "virtiofs":
        virtiofsd()
    else:
        cache.need_tool("qemu-system-x86_64")
