# SPDX-License-Identifier: LGPL-2.1-or-later
"""Leaves out of a plan what a selection does not want of it."""
from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Callable, List, Sequence

from . import invoked
from .errors import Refused
from .patterns import parse_patterns
from .plan import Planned
from .programs import Program
from .request import Selection
from .tags import tags_of_case
from .text import clean

# The tag that everything in a tier has; None: everything is in it.
TIERS = {"quick": "quick", "full": None}
# Whether a case of a planned run stays in the plan.
Stays = Callable[[Planned, str], bool]


def narrowed(plan: Sequence[Planned], chosen: Selection,
             programs: Sequence[Program]) -> List[Planned]:
    """The plan without what the selection leaves out. `programs` are all that there are. Raises
    Refused where nothing is left."""
    left, words = list(plan), []
    if chosen.tags:
        left = _only(left, lambda planned, case: _tagged(planned, case, chosen.tags))
        words += [f"--tag {tag}" for tag in chosen.tags]
    tier = [tag for tag in (TIERS[chosen.tier] if chosen.tier else None,) if tag]
    if tier:
        left = _only(left, lambda planned, case: _tagged(planned, case, tier))
        words.append(f"--tier {chosen.tier}")
    if chosen.exclude:
        left = _without(left, chosen.exclude, programs)
        words += [f"--exclude {clean(word)}" for word in chosen.exclude]
    if chosen.shard:
        mine, shards = chosen.shard
        left = [planned for planned in left if shard_of(planned.name, shards) == mine]
        words.append(f"--shard {mine}/{shards}")
    if not left:
        raise Refused(f"nothing is left of the selection with {' '.join(words)}")
    return left


def shard_of(name: str, shards: int) -> int:
    """The shard, from 1, to which the run of a program belongs: by its name alone, with page size,
    so that other programs do not change it. All repeats belong to one shard."""
    digest = hashlib.sha256(name.partition("#")[0].encode()).digest()
    return int.from_bytes(digest[:8], "big") % shards + 1


def _tagged(planned: Planned, case: str, tags: Sequence[str]) -> bool:
    return not set(tags).isdisjoint(tags_of_case(planned.program, case))


def _without(plan: Sequence[Planned], words: Sequence[str],
             programs: Sequence[Program]) -> List[Planned]:
    patterns = parse_patterns(words, None)
    for pattern in patterns:
        # That nothing has a tag is no mistake: none of the loads is dangerous.
        if not pattern.tag and not pattern.names_any(programs):
            raise Refused(f"nothing is named {clean(pattern.text)}, which --exclude names "
                          f"({invoked.command('list')} shows the names)")
    left = []
    for planned in plan:
        out = [cases for cases in (pattern.of_run(planned.program, planned.size)
                                   for pattern in patterns) if cases is not None]
        cases = [case for case in planned.cases if not any(case in gone for gone in out)]
        if cases or not out:
            left.append(replace(planned, cases=cases))
    return left


def _only(plan: Sequence[Planned], stays: Stays) -> List[Planned]:
    """The runs with the cases that stay. A program without a description has no cases: it stays,
    so that its fault is not hidden."""
    left = [replace(planned, cases=[case for case in planned.cases if stays(planned, case)])
            for planned in plan]
    return [planned for planned in left if planned.cases or not planned.program.cases]
