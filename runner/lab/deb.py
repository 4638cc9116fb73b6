# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kernels from Debian packages: fetched by apt, unpacked, never installed."""
from __future__ import annotations

import glob
import os
import re
from typing import List, Optional

from ..errors import Refused
from ..text import clean
from . import cache
from .image import Kernel, release_of

_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.~-]+\Z")


def dependency(text: str) -> Optional[str]:
    """The kernel package that a meta-package stands for, in the output of
    `apt-cache depends`; None when it depends on none."""
    for line in text.splitlines():
        kind, _, name = line.strip().partition(": ")
        if kind.strip("|") == "Depends" and name.startswith("linux-image-"):
            return name.strip()
    return None


def _real(package: str) -> str:
    """Follows meta-packages to the one with the kernel in it."""
    seen: List[str] = []
    while package not in seen:
        seen.append(package)
        found = dependency(cache.run_tool(
            [cache.need_tool("apt-cache", "deb: kernels are fetched by Debian's apt"), "depends",
             package], f"no package {clean(package)} (apt-get update brings new lists)"))
        if found is None:
            return package
        package = found
    raise Refused(f"the packages {', '.join(seen)} depend on each other")


def fetch(package: str, make: bool = True) -> Kernel:
    """The kernel of a package, from the cache or, with `make`, from the archive.
    Raises Refused."""
    if not _PACKAGE.match(package):
        raise Refused(f"not the name of a package: {clean(package) or 'nothing'}")
    real = _real(package)
    version = cache.run_tool(["apt-cache", "show", "--no-all-versions", real],
                             f"no package {clean(real)}")
    match = re.search(r"^Version: (\S+)$", version, re.MULTILINE)
    path = cache.folder("deb", f"{real}_{match.group(1) if match else 'unknown'}".replace("/", "-"))
    if not os.path.isdir(path):
        if not make:
            return Kernel(os.path.join(path, "boot", "vmlinuz"), "unknown")
        with cache.locked(path):
            if not os.path.isdir(path):
                with cache.made_whole(path) as temporary:
                    _unpack(real, temporary)
    return _kernel(real, path)


def _unpack(real: str, into: str) -> None:
    cache.run_tool([cache.need_tool("apt-get"), "download", "-q", "-o", "APT::Sandbox::User=root",
                    real], f"cannot fetch {real}", cwd=into, limit_s=cache.LONG_SECONDS)
    for archive in glob.glob(os.path.join(into, "*.deb")):
        cache.run_tool([cache.need_tool("dpkg-deb"), "-x", archive, into],
                       f"cannot unpack {real}")
        os.unlink(archive)
    if not os.path.isdir(os.path.join(into, "lib")) and os.path.isdir(
            os.path.join(into, "usr", "lib", "modules")):
        os.symlink("usr/lib", os.path.join(into, "lib"))
    for version in glob.glob(os.path.join(into, "lib", "modules", "*")):
        cache.run_tool([cache.need_tool("depmod"), "-b", into, os.path.basename(version)],
                       f"cannot order the modules of {real}")


def _kernel(real: str, path: str) -> Kernel:
    images = glob.glob(os.path.join(path, "boot", "vmlinuz-*")) + glob.glob(
        os.path.join(path, "lib", "modules", "*", "vmlinuz"))
    if not images:
        raise Refused(f"no kernel in the package {clean(real)}")
    release = release_of(images[0])
    modules = os.path.join(path, "lib", "modules", release)
    return Kernel(images[0], release, modules if os.path.isdir(modules) else None)
