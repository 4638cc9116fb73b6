# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kernel sources: the distribution's package, or any folder."""
from __future__ import annotations

import hashlib
import os
import re
import subprocess
from dataclasses import dataclass
from typing import List, Tuple

from .. import invoked
from ..endings import run_tool
from ..errors import Refused, why
from ..text import clean, decode
from . import cache

PACKAGE = "linux-source-6.12"


@dataclass(frozen=True)
class Source:
    """A source tree. `identity` names the tree and never changes; `state` stands for its content
    and changes with it."""

    path: str
    identity: str
    state: str

    @property
    def version(self) -> Tuple[int, int]:
        """Its version, such as (6, 12). Raises Refused."""
        try:
            with open(os.path.join(self.path, "Makefile"), encoding="utf-8",
                      errors="replace") as file:
                head = file.read(4096)
        except OSError:
            # The source is not unpacked yet; the name of the package has the version.
            head = self.identity
        match = re.search(r"^VERSION = (\d+)\nPATCHLEVEL = (\d+)$", head, re.MULTILINE) or \
            re.search(r"(\d+)\.(\d+)", head)
        if not match:
            raise Refused(f"{clean(self.path)}: no version in its Makefile")
        return int(match.group(1)), int(match.group(2))


def packaged(package: str = PACKAGE, unpack: bool = True) -> Source:
    """The source that the distribution packages, unpacked into the cache."""
    tarball = f"/usr/src/{package}.tar.xz"
    done = run_tool(["/usr/bin/dpkg-query", "-W", "-f", "${Version}", package], "dpkg-query",
                    cache.TOOL_SECONDS, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) \
        if os.path.exists("/usr/bin/dpkg-query") else None
    version = decode(done.stdout) if done and not done.returncode else ""
    if not version or not os.path.exists(tarball):
        raise Refused(f"{package} is not installed: {invoked.setup('--lab')} installs it (or name "
                      "a kernel source with --source DIR)")
    identity = f"{package}_{version}"
    path = cache.folder("source", identity)
    if unpack and not os.path.isdir(path):
        with cache.locked(path):
            if not os.path.isdir(path):
                with cache.made_whole(path) as temporary:
                    cache.run_tool([cache.need_tool("tar"), "-xf", tarball, "-C", temporary,
                                    "--strip-components=1"], f"cannot unpack {tarball}",
                                   limit_s=cache.LONG_SECONDS)
    return Source(path, identity, identity)


def of_folder(path: str) -> Source:
    """A source tree of the user's, which is only read."""
    path = os.path.realpath(path)
    try:
        with open(os.path.join(path, "Makefile"), encoding="utf-8", errors="replace") as file:
            head = file.read(4096)
    except OSError as error:
        raise Refused(f"no kernel source in {clean(path)}: Makefile: {why(error)}") from None
    if not re.search(r"^PATCHLEVEL = \d+$", head, re.MULTILINE):
        raise Refused(f"no kernel source in {clean(path)}: its Makefile has no PATCHLEVEL")
    if os.path.exists(os.path.join(path, ".config")) or os.path.isdir(
            os.path.join(path, "include", "config")):
        raise Refused(f"{clean(path)} was built in place, and the lab builds outside of it: "
                      "run make mrproper there, or name a clean copy")
    return Source(path, path, _state(path))


def _state(path: str) -> str:
    """A fingerprint of a tree: every file's name, size and time of change."""
    found: List[str] = []
    stack = [path]
    while stack:
        with os.scandir(stack.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name != ".git":
                        stack.append(entry.path)
                else:
                    status = entry.stat(follow_symlinks=False)
                    found.append(f"{entry.path}\0{status.st_size}\0{status.st_mtime_ns}")
    found.sort()
    return hashlib.sha256("\n".join(found).encode("utf-8", "surrogateescape")).hexdigest()
