# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tags of programs and cases. Most follow from what a program declares, so that no list has to be
kept by hand; what does not follow it declares as a tag (HP_TAGS, HP_CASE_TAGS)."""
from __future__ import annotations

import re
from typing import Callable, Dict, Iterable, List, Set

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
    return program.kind == "func" and program.seconds <= QUICK_SECONDS


def _changes_pool(program: Program) -> bool:
    return not _RESIZES.isdisjoint(program.needs)


def _regression(program: Program) -> bool:
    return any(source.get("kind") == "commit" and _FIX.search(source.get("about", ""))
               for source in program.sources)


TAGS: Dict[str, Callable[[Program], bool]] = {
    "quick": _quick, "slow": _slow, "dangerous": _dangerous, "race": _race,
    "changes-pool": _changes_pool, "regression": _regression}
# What has one of these is not quick, whatever its time limit.
_NOT_QUICK = frozenset(("slow", "dangerous", "race"))


def derived(program: Program) -> List[str]:
    """The tags that follow from what a program declares beside its tags."""
    return _ordered(name for name, has in TAGS.items() if has(program))


def tags_of(program: Program) -> List[str]:
    """The tags of a program that was described; none of one that is broken."""
    return [] if program.broken else _ordered([*derived(program), *program.tags])


def tags_of_case(program: Program, case: str) -> List[str]:
    """The tags of a case: those of its program, those that it declares, and `race` where its own
    name says so."""
    if program.broken:
        return []
    race = ["race"] if _RACE.search(case) else []
    return _ordered([*tags_of(program), *program.case_tags.get(case, ()), *race])


def tags_of_cases(program: Program, cases: Iterable[str]) -> Set[str]:
    """The tags that the program or one of these cases has."""
    return set(tags_of(program)).union(*(tags_of_case(program, case) for case in cases))


def _ordered(tags: Iterable[str]) -> List[str]:
    """These tags, each once, in their usual order."""
    found = set(tags)
    if not found.isdisjoint(_NOT_QUICK):
        found.discard("quick")
    return [name for name in TAGS if name in found]
