# SPDX-License-Identifier: LGPL-2.1-or-later
"""The kernel that a guest boots: what --kernel says, found."""
from __future__ import annotations

import os
import platform
import struct
from dataclasses import dataclass
from typing import Optional

from ..errors import Refused, why
from ..text import clean, decode


@dataclass(frozen=True)
class Kernel:
    """A bootable image; `modules` is its folder of modules, with modules.dep."""

    image: str
    release: str
    modules: Optional[str] = None


def version_of(path: str) -> str:
    """What an x86 boot image says it is (boot protocol, kernel_version): release, who built
    it, and what `uname -v` says. Raises Refused for any other file."""
    try:
        with open(path, "rb") as file:
            head = file.read(1 << 16)
    except OSError as error:
        raise Refused(f"no kernel {clean(path)}: {why(error)}") from None
    if len(head) < 0x250 or head[0x202:0x206] != b"HdrS":
        raise Refused(f"{clean(path)} is no x86 kernel image (a bzImage, as make bzImage or "
                      "/boot/vmlinuz-*)")
    at = struct.unpack_from("<H", head, 0x20E)[0] + 0x200
    return clean(decode(head[at:at + 256].split(b"\0")[0])) if at != 0x200 else ""


def release_of(path: str) -> str:
    """Its `uname -r`. Raises Refused."""
    return (version_of(path).split() or ["unknown"])[0]


def _modules(path: str) -> str:
    if not os.path.isfile(os.path.join(path, "modules.dep")):
        raise Refused(f"no modules in {clean(path)}: it has no modules.dep (name a folder like "
                      "/lib/modules/VERSION, after depmod)")
    return os.path.abspath(path)


def of_path(path: str, modules: Optional[str]) -> Kernel:
    """An image somewhere. Its modules are those named, or those beside it."""
    release = release_of(path)
    if modules is None:
        beside = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(path))),
                              "lib", "modules", release)
        modules = beside if os.path.isfile(os.path.join(beside, "modules.dep")) else None
    return Kernel(os.path.abspath(path), release, _modules(modules) if modules else None)


def of_running(modules: Optional[str]) -> Kernel:
    """The kernel that runs here, where its image is on the disk."""
    release = platform.uname().release
    installed = f"/lib/modules/{release}"
    for path in (f"/boot/vmlinuz-{release}", f"{installed}/vmlinuz",
                 f"/usr/lib/modules/{release}/vmlinuz"):
        if os.path.exists(path):
            if modules is None and os.path.exists(f"{installed}/modules.dep"):
                modules = installed
            return of_path(path, modules)
    raise Refused(f"the running kernel's image is not on this machine (looked for "
                  f"/boot/vmlinuz-{clean(release)}): name it with --kernel PATH, or take --kernel "
                  "build")
