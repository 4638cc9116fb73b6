# SPDX-License-Identifier: LGPL-2.1-or-later
"""Folders of the host in the guest: by 9p, which QEMU serves itself, or by virtiofs."""
from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import List, Mapping, Sequence

from ..errors import Refused
from . import cache, jail
from .arch import Arch

# The capabilities of virtiofsd: it acts as the user that the guest names, and drops by itself what
# it does not need.
CAPABILITIES = (jail.CHOWN, jail.DAC_OVERRIDE, jail.DAC_READ_SEARCH, jail.FOWNER, jail.FSETID,
                jail.SETGID, jail.SETUID, jail.SETPCAP, jail.SYS_CHROOT, jail.MKNOD, jail.SETFCAP)


@dataclass(frozen=True)
class Share:
    """A host folder that the guest can mount by its tag, with the security model of QEMU's 9p
    server, and the descriptor that the path stands for, if it is one."""

    tag: str
    path: str
    read_only: bool
    model: str = "none"
    fd: int = -1


def descriptors(shares: Sequence[Share]) -> List[int]:
    """The descriptors that the servers of these folders inherit."""
    return [share.fd for share in shares if share.fd >= 0]


def _comma(path: str) -> str:
    """Doubles commas, which QEMU would take for the end of a value."""
    return path.replace(",", ",,")


def qemu_9p(shares: Sequence[Share]) -> List[str]:
    """QEMU's arguments for sharing by 9p."""
    argv: List[str] = []
    for share in shares:
        argv += ["-fsdev", f"local,id={share.tag},path={_comma(share.path)},multidevs=remap,"
                 f"security_model={share.model}" + (",readonly=on" if share.read_only else ""),
                 "-device", f"virtio-9p-pci,fsdev={share.tag},mount_tag={share.tag}"]
    return argv


def qemu_virtiofs(shares: Sequence[Share], sockets: Mapping[str, int]) -> List[str]:
    """QEMU's arguments for sharing by virtiofs, with a socket to the daemon of each tag."""
    argv: List[str] = []
    for share in shares:
        argv += ["-chardev", f"socket,id={share.tag},fd={sockets[share.tag]}",
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


def daemon_command(share: Share, listening: int) -> List[str]:
    """The command of the daemon that serves a share on a socket, whose descriptor it inherits.
    Raises Refused."""
    return [virtiofsd(), f"--fd={listening}", "-o", f"source={share.path}", "-o",
            "sandbox=chroot"]


def need(sharing: str, arch: Arch) -> None:
    """Raises Refused when this machine cannot share in that way with guests of that kind."""
    if sharing == "virtiofs":
        virtiofsd()
    else:
        cache.need_tool(arch.qemu, arch.remedy)
