# SPDX-License-Identifier: LGPL-2.1-or-later
"""A time for a whole run: the most telling programs first, and an end in time."""
from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from .past import Last
from .plan import Planned
from .tags import tags_of
from .verdicts import ACCUSING

# The beginning of `interrupted` in run.json of a run whose time was used up.
SPENT = "the budget of "
_SETTLED, _FAILED, _NEW, _KNOWN, _SKIPPED = range(5)


@dataclass
class Budget:
    """The seconds that a run may take, which began at that time of the monotonic clock. `known`:
    the last results of the runs of programs."""

    seconds: float
    began: float = field(default_factory=time.monotonic)
    known: Mapping[str, Last] = field(default_factory=dict)

    @property
    def ends(self) -> float:
        """The time at which it is used up, of the monotonic clock."""
        return self.began + self.seconds

    @property
    def left(self) -> float:
        """The seconds that are left."""
        return self.ends - time.monotonic()

    @property
    def why(self) -> str:
        """What run.json says of a run that was ended by it."""
        return f"{SPENT}{self.seconds:g} s is used up"

    def failed_last(self, plan: Sequence[Planned]) -> List[str]:
        """Names of what failed last time, for a reason that is not known. What of it there is no
        time for leaves the run incomplete: a gate must not be green because it has no time for
        what fails."""
        return [planned.name for planned in plan
                if (last := self.known.get(planned.name)) and last.verdict in ACCUSING
                and not last.known]

    def allows(self, planned: Planned) -> bool:
        """True when there is time for this run: as much as it took last time, if that is known, and
        twice as much as it had if a budget ended it, so that it does not use up each one."""
        last = self.known.get(planned.name)
        needs = last.seconds * (2 if last.cut else 1) if last else 0.0
        return planned.verdict is not None or self.left > needs


def spent(run: Optional[Mapping[str, Any]]) -> bool:
    """True when a run was ended by its budget, by its run.json."""
    return str((run or {}).get("interrupted") or "").startswith(SPENT)


def _rank(planned: Planned, last: Optional[Last]) -> Tuple[int, int, float]:
    """How soon a run comes: what needs no time, what failed last, what never ran, what is quick,
    what was skipped last. A load is repeated only when everything has run once."""
    if planned.verdict is not None:
        return planned.repeat, _SETTLED, 0.0
    if last is None or not last.verdict:
        slow = "quick" not in tags_of(planned.program)
        return planned.repeat, _NEW, 2e6 + last.seconds if last else (
            slow * 1e6 + planned.program.seconds)
    kind = _FAILED if last.failed else _SKIPPED if last.verdict == "skip" else _KNOWN
    return planned.repeat, kind, last.seconds


def ordered(plan: Sequence[Planned], known: Dict[str, Last]) -> List[Planned]:
    """The plan with the most telling first."""
    return sorted(plan, key=lambda planned: _rank(planned, known.get(planned.name)))
