# SPDX-License-Identifier: LGPL-2.1-or-later
"""The kernels that this distribution's releases offer, the newest first."""
from __future__ import annotations

import json
import re
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Offered:
    """A kernel: its version, the word for --kernel, and the meta-packages that depend on it."""

    suite: str
    package: str
    version: str
    metas: List[str]

    @property
    def word(self) -> str:
        """As --kernel takes it."""
        return f"deb:{self.suite}/{self.package}={self.version}"

    def line(self) -> str:
        """For people."""
        return f"{self.version:24} {self.word}" + (
            f"  ({', '.join(self.metas)})" if self.metas else "")


def show(suites: Sequence[str], as_json: bool = False) -> None:
    """Prints the kernels, one on a line or as JSON. Raises Refused when the lists of no release
    can be read."""
    found: List[Offered] = []
    refused: List[Refused] = []
    for suite in suites or _all(refused):
        try:
            for (package, version), metas in _of_suite(suite).items():
                found.append(Offered(suite, package, version, sorted(metas)))
        except Refused as error:
            refused.append(error)
    if not found and refused:
        raise refused[0]
    for reason in refused:
        say(str(reason))
    found.sort(key=lambda one: (order(one.version), one.line()), reverse=True)
    if as_json:
        print(json.dumps({"format": 1, "kernels": [
            {"kernel": one.word, **vars(one)} for one in found]}, indent=1))
        return
    for one in found:
        print(one.line())
