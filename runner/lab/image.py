# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kernel images: their version, and their modules."""
from __future__ import annotations

import os
import platform
from dataclasses import dataclass, field
from typing import Optional

from ..errors import Refused
from ..text import clean
from .arch import Arch, of_this_machine


@dataclass(frozen=True)
class Kernel:
    """A bootable image; `modules` is the folder with its modules and modules.dep, if any."""

    image: str
    release: str
    modules: Optional[str] = None
    arch: Arch = field(default_factory=of_this_machine)


def release_of(path: str, arch: Arch) -> str:
    """The release of an image, as `uname -r` prints it. Raises Refused."""
    return (arch.version_of(path).split() or ["unknown"])[0]


def _modules(path: str) -> str:
    if not os.path.isfile(os.path.join(path, "modules.dep")):
        raise Refused(f"no modules in {clean(path)}: it has no modules.dep (name a folder like "
                      "/lib/modules/VERSION, after depmod)")
    return os.path.abspath(path)


def of_path(path: str, modules: Optional[str], arch: Arch) -> Kernel:
    """The image of that path. Its modules are those named, or those beside the image."""
    release = release_of(path, arch)
    if modules is None:
        beside = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(path))),
                              "lib", "modules", release)
        modules = beside if os.path.isfile(os.path.join(beside, "modules.dep")) else None
    return Kernel(os.path.abspath(path), release, _modules(modules) if modules else None, arch)


def of_running(modules: Optional[str]) -> Kernel:
    """The running kernel, if its image is on the disk."""
    release = platform.uname().release
    installed = f"/lib/modules/{release}"
    for path in (f"/boot/vmlinuz-{release}", f"{installed}/vmlinuz",
                 f"/usr/lib/modules/{release}/vmlinuz"):
        if os.path.exists(path):
            if modules is None and os.path.exists(f"{installed}/modules.dep"):
                modules = installed
            return of_path(path, modules, of_this_machine())
    raise Refused(f"the running kernel's image is not on this machine (looked for "
                  f"/boot/vmlinuz-{clean(release)}): name it with --kernel PATH, or take --kernel "
                  "build")
