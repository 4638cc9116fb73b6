# SPDX-License-Identifier: LGPL-2.1-or-later
"""The sites at which a source can be changed: all, those that a run executed, and samples."""
from __future__ import annotations

import difflib
import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import Dict, Iterable, List, Optional, Sequence, Tuple

from ..coverage.counts import Counts
from ..coverage.data import Coverage
from ..errors import Refused
from ..lab import cache
from ..text import clean
from .learned import program_of
from .operators import Change, Walk
from .unit import Unit

Key = Tuple[str, str, str, str, int]


@dataclass(frozen=True)
class Site:
    """A generated mutant: its site, identified independently of line numbers (`ordinal` counts the
    sites with the same function, operator and text of the line, from 0), and its change."""

    file: str
    function: str
    line_text: str
    ordinal: int
    change: Change

    @property
    def key(self) -> Key:
        """File, function, operator, the text of the line, ordinal."""
        return self.file, self.function, self.change.operator, self.line_text, self.ordinal

    @property
    def digest(self) -> str:
        """A short hash of the key."""
        return cache.key(*map(str, self.key))[:12]

    @property
    def name(self) -> str:
        """The name in records and reports."""
        return f"{self.file}:{self.function}:{self.change.operator}:{self.digest}"

    @property
    def lines(self) -> List[int]:
        """The lines that must have been executed for it to matter: its own, or the first of its
        statement."""
        return [self.change.line, self.change.statement]

    def broken(self, text: bytes) -> bytes:
        """The source with the change."""
        return text[:self.change.begin] + self.change.text + text[self.change.end:]

    def diff(self, text: bytes) -> str:
        """The change as a diff."""
        before, after = (part.decode("utf-8", "replace").splitlines()
                         for part in (text, self.broken(text)))
        return "\n".join(difflib.unified_diff(before, after, f"a/{self.file}", f"b/{self.file}",
                                              lineterm="", n=2))


def of(unit: Unit, function: str = "") -> List[Site]:
    """All sites of a source, or of one function. Raises Refused without such a function."""
    walk, seen = Walk(unit), False
    found: List[Site] = []
    for cursor in unit.functions():
        if function and cursor.spelling != function:
            continue
        seen = True
        numbers: "Counter[Tuple[str, str]]" = Counter()
        for change in sorted(walk.changes(cursor), key=lambda one: (one.begin, one.end)):
            text = unit.line_text(unit.line(change.begin))
            found.append(Site(unit.path, cursor.spelling, text, numbers[change.operator, text],
                              change))
            numbers[change.operator, text] += 1
    if function and not seen:
        raise Refused(f"{clean(unit.path)} as it is built has no function {clean(function)}")
    return found


def _was(site: Site, counts: Counts) -> bool:
    """True when its line was executed, or the first line of its statement if its own line has no
    code."""
    own, statement = site.lines
    return bool(counts.lines.get(own, counts.lines.get(statement, 0)))


def executed(sites: Iterable[Site], coverage: Coverage) -> List[Site]:
    """The sites that a run executed. Raises Refused for a file without counters."""
    found = []
    for site in sites:
        if site.file not in coverage.files:
            raise Refused(f"the coverage run counted nothing in {clean(site.file)}")
        if _was(site, coverage.files[site.file]):
            found.append(site)
    return found


def reaching(site: Site, programs: Sequence[str], coverage: Optional[Coverage]) -> List[str]:
    """The programs that reached its line, and those that the coverage run did not run."""
    if coverage is None:
        return list(programs)
    reached: Dict[str, bool] = {}
    own, statement = site.lines
    line = own if own in coverage.files[site.file].lines else statement
    for name, files in coverage.programs.items():
        program = program_of(name)
        reached[program] = reached.get(program, False) or line in files.get(site.file, ())
    return [name for name in programs if reached.get(name, True)]


def sample(sites: Sequence[Site], number: int, seed: int) -> List[Site]:
    """A uniform sample of that size. The same seed gives the same sample on every machine, and a
    larger sample contains the smaller one."""
    def rank(site: Site) -> str:
        return hashlib.sha256(f"{seed}\0".encode() + "\0".join(map(str, site.key)).encode(
            "utf-8", "surrogateescape")).hexdigest()
    return sorted(sites, key=rank)[:number]
