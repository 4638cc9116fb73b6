# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kernel sources as the user names them: a tree, a tarball, a revision of a git tree, or a
package."""
from __future__ import annotations

import glob
import hashlib
import os
import re
from typing import Callable, Optional

from ..errors import Refused
from ..output import say
from ..text import clean
from . import archive, cache
from .source import Source, of_folder

_PARTS = re.compile(r"linux-source-[0-9]")


def of_word(word: str, unpack: bool = True) -> Optional[Source]:
    """The source of DIR, FILE.tar.*, DIR@REV or deb:[SUITE/]PACKAGE[=VERSION]. Archives are
    unpacked into the cache, by a hash of their content. Without `unpack`, returns None for what is
    not in the cache yet. Raises Refused."""
    if word.startswith("deb:"):
        return _packaged(word[len("deb:"):], unpack)
    if os.path.isfile(word):
        return _tarball(word, unpack)
    folder, at, revision = word.partition("@")
    if at and not os.path.exists(word) and os.path.isdir(folder):
        return _revision(folder, revision, unpack)
    return of_folder(word)


def _unpacked(identity: str, unpack: bool, fill: Callable[[str], None]) -> Optional[Source]:
    """A source in the cache, which `fill` puts there if it is missing."""
    path = cache.folder("source", identity)
    if not os.path.isdir(path):
        if not unpack:
            return None
        with cache.locked(path):
            if not os.path.isdir(path):
                with cache.made_whole(path) as temporary:
                    fill(temporary)
                    of_folder(temporary)
    return Source(path, identity, identity)


def _extract(tarball: str, into: str, strip: int) -> None:
    cache.run_tool([cache.need_tool("tar"), "-xf", tarball, "-C", into, "--no-same-owner",
                    f"--strip-components={strip}"], f"cannot unpack {clean(tarball)}",
                   limit_s=cache.LONG_SECONDS)


def _tarball(path: str, unpack: bool) -> Optional[Source]:
    digest = hashlib.sha256()
    cache.add_content(digest, path)
    name = re.sub(r"[^A-Za-z0-9.+~_-]", "-", os.path.basename(path).partition(".tar")[0])
    return _unpacked(f"{name}_{digest.hexdigest()[:16]}", unpack,
                     lambda into: _extract(os.path.abspath(path), into, 1))


def _revision(folder: str, revision: str, unpack: bool) -> Optional[Source]:
    """A revision of a git tree, which is only read."""
    folder = os.path.realpath(folder)
    git = [cache.need_tool("git", "a revision needs it"), "-c", f"safe.directory={folder}", "-C",
           folder]
    commit = cache.run_tool([*git, "rev-parse", "--verify", "--quiet", "--end-of-options",
                             revision + "^{commit}"],
                            f"no revision {clean(revision) or 'named'} in {clean(folder)}").strip()

    def fill(into: str) -> None:
        tarball = os.path.join(into, ".tar")
        cache.run_tool([*git, "archive", f"--output={tarball}", "--format=tar", commit],
                       f"cannot read {commit}", limit_s=cache.LONG_SECONDS)
        _extract(tarball, into, 0)
        os.unlink(tarball)
    return _unpacked(f"git-{commit}", unpack, fill)


def _packaged(word: str, unpack: bool) -> Optional[Source]:
    named = archive.Named.of(word)
    packages = archive.Packages(named.suite)
    if not packages.fresh:
        if not unpack:
            return None
        packages.update(say)
    # Debian's source of the kernel, with its patches, is in the package linux-source-VERSION.
    package = "linux-source" if named.package == "linux" else named.package
    stanza = archive.closure(packages, package + (f"={named.version}" if named.version else ""),
                             _PARTS)[-1]

    def fill(into: str) -> None:
        packages.download([stanza], into)
        parts = os.path.join(into, ".package")
        for deb in glob.glob(os.path.join(glob.escape(into), "*.deb")):
            cache.run_tool([cache.need_tool("dpkg-deb"), "-x", deb, parts],
                           f"cannot unpack {stanza['Package']}", limit_s=cache.LONG_SECONDS)
            os.unlink(deb)
        tarballs = glob.glob(os.path.join(glob.escape(parts), "usr", "src", "*.tar.*"))
        if not tarballs:
            raise Refused(f"no kernel source in the package {clean(stanza['Package'])}")
        _extract(tarballs[0], into, 1)
        cache.run_tool(["rm", "-rf", parts], "rm")
    return _unpacked(f"{stanza['Package']}_{stanza['Version']}_"
                     f"{stanza.get('SHA256', '')[:8]}".replace(":", "-"), unpack, fill)
