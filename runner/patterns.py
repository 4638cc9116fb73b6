# SPDX-License-Identifier: LGPL-2.1-or-later
"""Patterns of the command line, which select areas, programs and cases."""
from __future__ import annotations

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Iterable, List, Optional, Sequence, Tuple

from .errors import Refused
from .programs import BUILDS, Program
from .sizes import known_size
from .tags import TAGS, tags_of_case
from .text import clean

TAG = "tag:"


@dataclass(frozen=True)
class Pattern:
    """A pattern of the command line, with the page size behind its `@`. `tag` is set instead of
    `glob` where it selects by a tag."""

    text: str
    glob: str
    size: Optional[str]
    bits: Optional[int] = None
    tag: str = ""

    def selected(self, program: Program) -> Optional[List[str]]:
        """The cases that it selects, whatever the size: all if it names the program; None if it
        selects nothing of it. A program without cases, which is broken, can be named."""
        if self.bits not in (None, program.bits):
            return None
        if self.tag:
            return [case for case in program.cases
                    if self.tag in tags_of_case(program, case)] or None
        if any(fnmatchcase(name, self.glob)
               for name in (program.area, program.name, program.full_name)):
            return list(program.cases)
        return [case for case in program.cases
                if any(fnmatchcase(f"{name}.{case}", self.glob)
                       for name in (program.name, program.full_name))] or None

    def of_run(self, program: Program, size: Optional[str]) -> Optional[List[str]]:
        """The cases that it selects of the program's run with pages of that size."""
        return self.selected(program) if self.size in (None, size) else None

    def names_any(self, programs: Iterable[Program]) -> bool:
        """True when one of the programs has what it selects, in whichever build."""
        return any(replace(self, bits=None).selected(one) is not None for one in programs)


def parse_patterns(words: Iterable[str], sizes: Optional[Sequence[str]]) -> List[Pattern]:
    """The patterns of the command line. `sizes`: those that they can name; None: every one."""
    patterns = []
    for word in words:
        glob, at, size = word.rpartition("@")
        if not at:
            glob, size = word, ""
        size, bits = split_place(size)
        tag = known_tag(glob[len(TAG):]) if glob.startswith(TAG) else ""
        patterns.append(Pattern(word, "" if tag else glob, known_size(size, sizes) if (
            size or at and not bits) else None, bits, tag))
    return patterns


def known_tag(text: str) -> str:
    """A tag of that name. Raises Refused."""
    if text not in TAGS:
        raise Refused(f"no tag {clean(text)}: there are {', '.join(TAGS)}")
    return text


def split_place(place: str) -> Tuple[str, Optional[int]]:
    """The size and the bits in `2M`, `2M-32bit` or `32bit`."""
    size, _, build = place.rpartition("-")
    for bits, name in BUILDS.items():
        if bits and build == name:
            return size, bits
    return place, None
