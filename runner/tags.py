# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tags of programs and cases. They follow from what a program declares, so that no list has to be
kept by hand."""
from __future__ import annotations

import re
from typing import Callable, Dict, List

from .programs import Program

# The longest time limit of a case that is quick, and the shortest of one that is slow, in seconds.
QUICK_SECONDS, SLOW_SECONDS = 10.0, 60.0
_RACE = re.compile(r"(?:\A|_)races?(?:_|\Z)")
# Titles of commits that correct something.
_FIX = re.compile(r"\b(?:fix(?:e[sd])?|avoid|prevent|don't|do not|disallow|undo)\b", re.IGNORECASE)
_RESIZES = frozenset(("pool:control", "overcommit"))


def _race(program: Program) -> bool:
    return program.kind == "race" or bool(_RACE.search(program.name))


def _dangerous(program: Program) -> bool:
    return program.poisons or program.spoils or "poison" in program.needs


def _slow(program: Program) -> bool:
    return program.seconds >= SLOW_SECONDS


def _quick(program: Program) -> bool:
    return (program.kind == "func" and program.seconds <= QUICK_SECONDS
            and not _race(program) and not _dangerous(program))


def _changes_pool(program: Program) -> bool:
    return not _RESIZES.isdisjoint(program.needs)


def _regression(program: Program) -> bool:
    return any(source.get("kind") == "commit" and _FIX.search(source.get("about", ""))
               for source in program.sources)


TAGS: Dict[str, Callable[[Program], bool]] = {
    "quick": _quick, "slow": _slow, "dangerous": _dangerous, "race": _race,
    "changes-pool": _changes_pool, "regression": _regression}


def tags_of(program: Program) -> List[str]:
    """The tags of a program that was described; none of one that is broken."""
    return [] if program.broken else [name for name, has in TAGS.items() if has(program)]


def tags_of_case(program: Program, case: str) -> List[str]:
    """The tags of a case: those of its program, and `race` where its own name says so. A race is
    not quick."""
    tags = tags_of(program)
    if tags and "race" not in tags and _RACE.search(case):
        tags = [tag for tag in TAGS if tag == "race" or tag in tags and tag != "quick"]
    return tags
