# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kernels from Debian and RPM packages, which are fetched or named by their files, and unpacked but
not installed."""
from __future__ import annotations

import glob
import hashlib
import os
import re
from typing import Callable, List

from ..errors import Refused
from ..output import say
from ..text import clean
from . import archive, cache
from .arch import Arch
from .image import Kernel, release_of

# A kernel may be in one package, or in separate ones for the image, the modules and their index.
PARTS = re.compile(r"linux-(?:image|binary|modules|base)-[a-z0-9]")
_FILES = re.compile(r".*\.(deb|rpm)\Z")


def fetch(word: str, arch: Arch, make: bool = True) -> Kernel:
    """The kernel that `deb:` names, as [SUITE/]PACKAGE[=VERSION] or FILE.deb: from the cache, or
    with `make` from the archive. Raises Refused."""
    if _FILES.match(word):
        return of_files(word, "deb", arch, make)
    named = archive.Named.of(word)
    packages = archive.Packages(named.suite, arch=arch)
    if not packages.fresh:
        if not make:
            return Kernel("vmlinuz", "unknown", None, arch)
        packages.update(say)
    wanted = named.package + (f"={named.version}" if named.version else "")
    stanzas = archive.closure(packages, wanted, PARTS)
    real = next((stanza for stanza in stanzas if stanza["Package"].startswith("linux-image-")
                 and not archive.needed(stanza, re.compile("linux-image-"))), stanzas[0])
    name = f"{real['Package']}_{real['Version']}_" + cache.key(
        *sorted(stanza.get("SHA256", "") for stanza in stanzas))[:8]

    def bring(into: str) -> List[str]:
        packages.download(stanzas, into)
        return glob.glob(os.path.join(into, "*.deb"))
    return _made(name.replace(":", "-"), real["Package"], bring, arch, make)


def of_files(word: str, kind: str, arch: Arch, make: bool = True) -> Kernel:
    """The kernel in package files of that kind (deb, rpm), separated by commas. Raises
    Refused."""
    paths = [os.path.abspath(path) for path in word.split(",")]
    if kind == "deb":
        paths += _beside(paths)
    digest = hashlib.sha256()
    for path in paths:
        if not path.endswith(f".{kind}"):
            raise Refused(f"{clean(path)} is no .{kind}")
        cache.add_content(digest, path)
    name = re.sub(r"[^A-Za-z0-9.+~_-]", "-", os.path.basename(paths[0])[:-len(kind) - 1])
    return _made(f"{name}_{digest.hexdigest()[:16]}", os.path.basename(paths[0]),
                 lambda _: paths, arch, make)


def _beside(paths: List[str]) -> List[str]:
    """The packages that the first of these depends on and that are in its folder, without those
    that were named."""
    found: List[str] = []
    todo = list(paths)
    while todo:
        path = todo.pop(0)
        if not os.path.isfile(path):
            continue
        depends = cache.run_tool([cache.need_tool("dpkg-deb"), "-f", path, "Depends"],
                                 f"no package in {clean(path)}")
        for other in archive.needed({"Depends": depends.strip()}, PARTS):
            name = other.partition("=")[0]
            if any(os.path.basename(each).startswith(name + "_") for each in paths + found):
                continue
            there = sorted(glob.glob(os.path.join(glob.escape(os.path.dirname(path)),
                                                  glob.escape(name) + "_*.deb")))
            if not there:
                raise Refused(f"{clean(os.path.basename(path))} needs {clean(name)}, and there "
                              f"is no {clean(name)}_*.deb beside it: fetch it into that folder "
                              "as well")
            found.append(there[-1])
            todo.append(there[-1])
    return found


def _made(name: str, real: str, bring: Callable[[str], List[str]], arch: Arch,
          make: bool) -> Kernel:
    """The kernel of those packages, unpacked in the cache under that name."""
    path = cache.folder("packages", name)
    if not os.path.isdir(path):
        if not make:
            return Kernel(os.path.join(path, "boot", "vmlinuz"), "unknown", None, arch)
        with cache.locked(path):
            if not os.path.isdir(path):
                with cache.made_whole(path) as temporary:
                    for package in bring(temporary):
                        _unpack(package, temporary)
                    _order(real, temporary)
    return _kernel(real, path, arch)


def _unpack(package: str, into: str) -> None:
    what = f"cannot unpack {clean(os.path.basename(package))}"
    if package.endswith(".rpm"):
        tool = cache.need_tool("rpm2cpio", "rpm: is unpacked by it (package rpm2cpio)")
        plain = os.path.join(into, ".cpio")
        with open(plain, "wb") as file:
            cache.run_tool([tool, package], what, limit_s=cache.LONG_SECONDS, output=file)
        cache.run_tool([cache.need_tool("cpio"), "-idm", "--quiet", "--no-absolute-filenames",
                        "-F", plain], what, cwd=into, limit_s=cache.LONG_SECONDS)
        os.unlink(plain)
        return
    cache.run_tool([cache.need_tool("dpkg-deb"), "-x", package, into], what,
                   limit_s=cache.LONG_SECONDS)
    if os.path.dirname(package) == into:
        os.unlink(package)


def _order(real: str, into: str) -> None:
    """Makes lib/modules with an index (depmod) from the unpacked files."""
    if not os.path.isdir(os.path.join(into, "lib")) and os.path.isdir(
            os.path.join(into, "usr", "lib", "modules")):
        os.symlink("usr/lib", os.path.join(into, "lib"))
    for version in glob.glob(os.path.join(into, "lib", "modules", "*")):
        cache.run_tool([cache.need_tool("depmod"), "-b", into, os.path.basename(version)],
                       f"cannot order the modules of {clean(real)}")
    _image(real, into)


def _image(real: str, path: str) -> str:
    images = glob.glob(os.path.join(path, "boot", "vmlinuz-*")) + glob.glob(
        os.path.join(path, "lib", "modules", "*", "vmlinuz"))
    if not images:
        raise Refused(f"no kernel in the package {clean(real)}")
    return images[0]


def _kernel(real: str, path: str, arch: Arch) -> Kernel:
    image = _image(real, path)
    release = release_of(image, arch)
    modules = os.path.join(path, "lib", "modules", release)
    return Kernel(image, release, modules if os.path.isdir(modules) else None, arch)
