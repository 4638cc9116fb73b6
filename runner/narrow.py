# SPDX-License-Identifier: LGPL-2.1-or-later
"""Leaves out of a plan what a selection does not want of it."""
from __future__ import annotations

from dataclasses import replace
from typing import Callable, List, Sequence

from .errors import Refused
from .plan import Planned
from .request import Selection
from .tags import tags_of_case

# The tag that everything in a tier has; None: everything is in it.
TIERS = {"quick": "quick", "full": None}
# Whether a case of a planned run stays in the plan.
Stays = Callable[[Planned, str], bool]


def narrowed(plan: Sequence[Planned], chosen: Selection) -> List[Planned]:
    """The plan without what the selection leaves out. Raises Refused where nothing is left."""
    left, words = list(plan), []
    if chosen.tags:
        left = _only(left, lambda planned, case: _tagged(planned, case, chosen.tags))
        words += [f"--tag {tag}" for tag in chosen.tags]
    tier = [tag for tag in (TIERS[chosen.tier] if chosen.tier else None,) if tag]
    if tier:
        left = _only(left, lambda planned, case: _tagged(planned, case, tier))
        words.append(f"--tier {chosen.tier}")
    if not left:
        raise Refused(f"nothing is left of the selection with {' '.join(words)}")
    return left


def _tagged(planned: Planned, case: str, tags: Sequence[str]) -> bool:
    return not set(tags).isdisjoint(tags_of_case(planned.program, case))


def _only(plan: Sequence[Planned], stays: Stays) -> List[Planned]:
    """The runs with the cases that stay. A program without a description has no cases: it stays,
    so that its fault is not hidden."""
    left = [replace(planned, cases=[case for case in planned.cases if stays(planned, case)])
            for planned in plan]
    return [planned for planned in left if planned.cases or not planned.program.cases]
