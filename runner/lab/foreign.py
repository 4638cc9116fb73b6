# SPDX-License-Identifier: LGPL-2.1-or-later
"""What guests of another architecture have in place of this machine's own files: a root file
system of the distribution's packages, and this project's programs, built for it here. Both are
kept in the cache, and nothing is installed."""
from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
import subprocess
from dataclasses import replace
from typing import Dict, Iterator, List, Optional, Sequence

from ..commands.common import default_scale
from ..endings import run_tool
from ..errors import Refused, why
from ..output import say
from ..programs import Program, programs_folder
from ..programs import remember as programs_remember
from ..run import Signals
from ..text import clean
from . import archive, cache
from .arch import Arch
from .kernel import failure, jobs
from .options import arch_of
from .order import Order

# What the guest's runner, the tests and their build take.
PACKAGES = ("base-passwd", "bash", "busybox-static", "coreutils", "dash", "e2fsprogs", "findutils",
            "grep", "iproute2", "kmod", "libc-bin", "mount", "procps", "python3",
            "python3-jsonschema", "python3-more-itertools", "python3-tap", "python3-yaml", "sed",
            "util-linux", "libc6-dev", "libhugetlbfs-dev", "libnuma-dev", "liburing-dev")
# Of this project's tree what a build reads.
_SOURCES = (".c", ".h", ".mk", ".py", ".sh", ".txt", ".test")
_PLACES = ("lib", "tests", "workloads", "selftest", "runner", "scripts", "doc", "man", "build-aux")
_WHOLE = ("runner", "scripts", "doc", "man", "build-aux")
# What a build in place makes at the top, which the copy makes for itself.
_MADE = re.compile(r"(?:config\.(?:log|status)|Makefile|.*\.(?:log|trs|out))\Z")
_BUILD_SECONDS = 3600.0
# Variables that are meant for a build for this machine; make passes those of its command line on
# in MAKEFLAGS.
_OF_NATIVE = frozenset((
    "CC", "CPP", "CFLAGS", "CPPFLAGS", "LDFLAGS", "LIBS", "AR", "RANLIB", "STRIP", "CPATH",
    "C_INCLUDE_PATH", "LIBRARY_PATH", "CONFIG_SITE", "MAKEFLAGS", "MFLAGS", "PKG_CONFIG",
    "PKG_CONFIG_PATH", "NUMA_CFLAGS", "NUMA_LIBS", "LIBURING_CFLAGS", "LIBURING_LIBS"))


def _top() -> str:
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def root(arch: Arch) -> str:
    """A root file system of that architecture, made when need be. Raises Refused."""
    packages = archive.Packages(None, arch=arch)
    packages.update(say)
    path = cache.folder("root", f"{packages.suite}-{arch.debian}-"
                        + cache.key(packages.state(), *PACKAGES))
    if os.path.isdir(path):
        return path
    with cache.locked(path):
        if not os.path.isdir(path):
            tool = cache.need_tool("mmdebstrap", arch.remedy)
            say(f"making a root file system of {packages.suite}'s packages for {arch.name}")
            with cache.made_whole(path) as temporary:
                # Packages are unpacked, and nothing of that architecture is run.
                cache.run_tool([tool, "--quiet", f"--architectures={arch.debian}",
                                "--variant=extract", f"--include={','.join(PACKAGES)}",
                                str(packages.suite), temporary, packages.sources],
                               f"no root file system for {arch.name}",
                               limit_s=cache.LONG_SECONDS)
                _finish(temporary)
    return path


def _finish(path: str) -> None:
    """What the packages would do once they are configured, as far as it matters."""
    for name in ("passwd", "group"):
        shutil.copyfile(os.path.join(path, "usr/share/base-passwd", f"{name}.master"),
                        os.path.join(path, "etc", name))


def busybox(arch: Arch) -> str:
    """A static busybox of that architecture. Raises Refused."""
    return os.path.join(root(arch), "bin", "busybox")


def runs_with(arch: Arch) -> List[str]:
    """The words before a program that let it run on this machine; none where nothing can."""
    for name in arch.user:
        found = shutil.which(name)
        if found:
            return [found, "-L", root(arch)]
    return []


def runs_here(arch: Arch) -> List[str]:
    """The words before a program that let it run on this machine. Raises Refused where nothing
    can."""
    before = [] if arch.native else runs_with(arch)
    if not arch.native and not before:
        raise Refused(f"programs of {arch.name} cannot be asked what they are: there is no "
                      f"{' or '.join(arch.user)} ({arch.remedy})")
    return before


def _named(asked: Optional[str]) -> bool:
    """True where a command names the folder of the programs."""
    return bool(asked or os.environ.get("HUGEPROOF_PROGRAMS"))


def folder(arch: Arch, asked: Optional[str]) -> str:
    """The folder of programs that was asked for, or that of this tree's of that architecture, built
    when need be. Raises Refused."""
    return programs_folder(asked) if arch.native or _named(asked) else programs(arch)


def fitted(order: Order) -> Order:
    """An order with programs that its guest can run. Raises Refused."""
    arch, chosen = arch_of(order.options), order.request.selection
    if arch.native or order.request.command == "probe" or _named(chosen.programs):
        return order
    return replace(order, request=replace(order.request, selection=replace(
        chosen, programs=programs(arch))))


def words(order: Order) -> List[str]:
    """The words of a fitted order for a guest whose runner records nothing."""
    chosen = order.request.selection.programs
    extra = order.request.command == "list" and chosen and "--programs" not in order.words
    return [*order.words, *(["--programs", str(chosen)] if extra else [])]


def remember(arch: Arch, found: Sequence[Program], path: str, signals: Signals) -> None:
    """Asks programs what they are, as programs.remember(). Where this machine cannot run them
    the guest asks them. Raises OSError and Refused."""
    before = [] if arch.native else runs_with(arch)
    ask = found if arch.native or before else []
    programs_remember(ask, path, signals, default_scale(), before)


def programs(arch: Arch) -> str:
    """The folder of this tree's programs of that architecture, built when need be. Raises
    Refused."""
    top = _top()
    if not os.path.exists(os.path.join(top, "configure")):
        raise Refused(f"the programs cannot be built for {arch.name}: {clean(top)} has no "
                      "configure (./bootstrap makes it)")
    path = cache.folder("programs", f"{arch.name}-{cache.key(os.path.realpath(top))}")
    with cache.locked(path):
        _build(arch, top, path)
    return programs_folder(path)


def _build(arch: Arch, top: str, path: str) -> None:
    place = root(arch)
    os.makedirs(path, exist_ok=True)
    # Asked first: the copy takes the stamp away before it changes anything.
    configured = _configured(path, place)
    if not _copy(top, path) and configured:
        return
    _unstamp(path)
    log = path + ".log"
    began = f"building the programs for {arch.name}: a minute or more the first time, log in {log}"
    say(began)
    compiler = cache.need_tool(arch.cross + "gcc", arch.remedy)
    steps = [["make", "-s", "-C", path, f"-j{jobs()}"]]
    if not configured:
        # Objects that were compiled with another root file system are newer than their sources.
        steps = [["./configure", "-q", f"--host={arch.triplet}",
                  f"CC={compiler} --sysroot={place}"], ["make", "-s", "-C", path, "clean"], *steps]
    for number, argv in enumerate(steps):
        with open(log, "ab" if number else "wb") as file:
            if run_tool(argv, argv[0], _BUILD_SECONDS, stdout=file, stderr=subprocess.STDOUT,
                        cwd=path, env=_environment(arch, place)).returncode:
                raise Refused(f"the programs do not build for {arch.name}: {failure(log)} (log "
                              f"in {log})")
    with open(_stamp(path), "w", encoding="utf-8") as out:
        out.write(place)


def _environment(arch: Arch, place: str) -> Dict[str, str]:
    """The environment of such a build."""
    libraries = os.path.join(place, "usr", "lib", arch.triplet, "pkgconfig")
    return {**{name: value for name, value in os.environ.items() if name not in _OF_NATIVE},
            "LC_ALL": "C", "PKG_CONFIG_SYSROOT_DIR": place,
            "PKG_CONFIG_LIBDIR": f"{libraries}:{place}/usr/share/pkgconfig"}


def _stamp(path: str) -> str:
    """The file that a complete build leaves, with the root file system that it was made with. It is
    away as long as sources and programs differ."""
    return os.path.join(path, ".configured")


def _configured(path: str, place: str) -> bool:
    """True where the build is complete and was configured with that root file system."""
    try:
        with open(_stamp(path), encoding="utf-8") as file:
            return file.read() == place
    except OSError:
        return False


def _unstamp(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(_stamp(path))


def _sources(top: str) -> Iterator[str]:
    """What a build reads, by paths below the tree's top."""
    yield from (name for name in sorted(os.listdir(top)) if not name.startswith(".")
                and not _MADE.match(name) and os.path.isfile(os.path.join(top, name)))
    for place in _PLACES:
        for at, folders, names in os.walk(os.path.join(top, place)):
            folders[:] = [name for name in folders if not name.startswith((".", "__"))]
            for name in names:
                if name.endswith(_SOURCES) or place in _WHOLE:
                    yield os.path.relpath(os.path.join(at, name), top)


def _copy(top: str, path: str) -> bool:
    """Brings the copy of the sources up to date; True when something was not: then the stamp of
    its build is taken away first, so that whatever comes in between, the next call builds. A tree
    that is configured in place cannot be built elsewhere."""
    changed, there = False, set()
    try:
        for name in _sources(top):
            one, other = os.path.join(top, name), os.path.join(path, name)
            there.add(name)
            if _same(one, other):
                continue
            _unstamp(path)
            os.makedirs(os.path.dirname(other), exist_ok=True)
            shutil.copy2(one, other)
            changed = True
        for name in [name for name in _sources(path) if name not in there
                     and name.endswith((".c", ".h"))]:
            _unstamp(path)
            os.unlink(os.path.join(path, name))
            changed = True
    except OSError as error:
        raise Refused(f"cannot copy the sources into the cache: {why(error)}") from None
    return changed


def _same(one: str, other: str) -> bool:
    try:
        here, there = os.stat(one), os.stat(other)
    except OSError:
        return False
    return stat.S_ISREG(there.st_mode) and (here.st_size, here.st_mtime_ns) == (
        there.st_size, there.st_mtime_ns)
