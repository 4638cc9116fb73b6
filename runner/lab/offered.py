# SPDX-License-Identifier: LGPL-2.1-or-later
"""The kernels that this distribution's releases offer, the newest first."""
from __future__ import annotations

import re
from typing import Any, Dict, List, Sequence, Set, Tuple

from ..errors import Refused
from ..output import say
from . import archive

# Suites by names that stay when a new release comes out. Debian's mirrors have each release under
# a suite and a codename, and one of them may be out of date: the list shows the codename.
SUITES = ("oldstable", "stable", "testing", "unstable")
_BACKPORTS = ("oldstable", "stable")
_KERNEL = re.compile(r"linux-image-\d\S*\Z")
_NO_KERNEL = re.compile(r"-(?:dbg|dbgsym|unsigned)\Z")
Key = Tuple[Any, ...]


def _piece(text: str) -> Key:
    found: List[Any] = []
    for letters, digits in re.findall(r"(\D*)(\d*)", text):
        found.append(tuple(-1 if letter == "~" else ord(letter) + 256 * (not letter.isalpha())
                           for letter in letters) + (0,))
        found.append(int(digits or 0))
    return tuple(found)


def order(version: str) -> Key:
    """A key by which Debian's versions sort (Debian Policy, 5.6.12)."""
    epoch, colon, rest = version.partition(":")
    upstream, _, revision = (rest if colon else version).rpartition("-")
    if not upstream:
        upstream, revision = revision, ""
    return (int(epoch) if colon and epoch.isdigit() else 0, _piece(upstream), _piece(revision))


def _of_suite(suite: str) -> Dict[Tuple[str, str], Set[str]]:
    """(package, version) -> the meta-packages that depend on it."""
    packages = archive.Packages(suite)
    packages.update(say)
    names = [name for name in packages.names("linux-image-") if not _NO_KERNEL.search(name)]
    found: Dict[Tuple[str, str], Set[str]] = {}
    stanzas = packages.show(names) if names else []
    for stanza in stanzas:
        if _KERNEL.match(stanza["Package"]):
            found.setdefault((stanza["Package"], stanza["Version"]), set())
    for stanza in stanzas:
        for other in archive.needed(stanza, _KERNEL):
            name, _, version = other.partition("=")
            for key, metas in found.items():
                if key[0] == name and version in ("", key[1]):
                    metas.add(stanza["Package"])
    return found


def _all(refused: List[Refused]) -> List[str]:
    """The releases that the mirror has; the errors of the others are added to `refused`."""
    found: List[str] = []
    for suite in SUITES:
        try:
            name = archive.codename(suite, say)
        except Refused as error:
            refused.append(error)
            continue
        found += [name, f"{name}-backports"] if suite in _BACKPORTS else [name]
    return found


def show(suites: Sequence[str]) -> None:
    """Prints the kernels, one on a line. Raises Refused when the lists of no release can be
    read."""
    lines: List[Tuple[Key, str]] = []
    refused: List[Refused] = []
    for suite in suites or _all(refused):
        try:
            for (package, version), metas in _of_suite(suite).items():
                word = f"deb:{suite}/{package}={version}"
                lines.append((order(version), f"{version:24} {word}"
                              + (f"  ({', '.join(sorted(metas))})" if metas else "")))
        except Refused as error:
            refused.append(error)
    if not lines and refused:
        raise refused[0]
    for reason in refused:
        say(str(reason))
    for _, line in sorted(lines, key=lambda pair: (pair[0], pair[1]), reverse=True):
        print(line)
