# SPDX-License-Identifier: LGPL-2.1-or-later
"""The failed point that is to be made smaller, as its record has it."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple

from ..commands.common import default_scale, describe_all
from ..endings import Signals
from ..errors import Refused
from ..plan import Planned, again
from ..programs import ROOMS, find, programs_folder
from ..reproduce.transcript import BEGINNING, NoTranscript, Transcript, parse
from ..text import clean
from ..verdicts import ACCUSING

Json = Dict[str, Any]
# Checks (lib/race/race.c) that a race which is made smaller need not fulfil (lib/race/narrow.c).
OF_THE_WHOLE = ("the race made its events", "every actor succeeds at times")


@dataclass(frozen=True)
class Wanted:
    """A point that failed, with its run and how its program is run. `verdicts`: how it failed;
    `transcript`: what it did, of a story."""

    run: Json
    point: str
    case: str
    planned: Planned
    verdicts: Tuple[str, ...]
    transcript: Optional[Transcript]

    @property
    def lab(self) -> Optional[Json]:
        """The options of the guest in which it failed; None on a real machine."""
        options = (self.run.get("lab") or {}).get("options")
        return options if isinstance(options, dict) else None


def of_record(run: Json, results: Any, name: str, programs: Optional[str],
              signals: Signals) -> Wanted:
    """The point of that name. Raises Refused when it passed, or is neither a race nor a story."""
    result, point = _point(results, name)
    verdicts = tuple(dict.fromkeys(
        word for word in (point["verdict"], result["verdict"]) if word in ACCUSING))
    if not verdicts:
        raise Refused(f"{clean(name)} did not fail: its verdict is {point['verdict']}")
    if point["diagnostics"].get("check") in OF_THE_WHOLE:
        raise Refused(f"{clean(name)}: {point['diagnostics']['check']} is demanded of the whole "
                      "race only: there is nothing to make it smaller by")
    if verdicts == ("leak",):
        raise Refused(f"{clean(name)} leaked, which is seen only when a whole run has come to "
                      "rest: there is nothing to make it smaller by")
    planned = _planned(run, result["name"], programs, signals)
    case = name.partition("@")[0][len(planned.program.full_name) + 1:]
    return Wanted(run, name, case, planned, verdicts, _transcript(planned, name, point))


def _point(results: Any, name: str) -> Tuple[Json, Json]:
    for result in results:
        for point in result["points"]:
            if point["name"] == name:
                return result, point
    raise Refused(f"the run has no point {clean(name)}")


def _planned(run: Json, name: str, folder: Optional[str], signals: Signals) -> Planned:
    """The run of the point's program. Raises Refused when it is not there any more."""
    planned = again(name, find(programs_folder(folder), tuple(ROOMS)))
    describe_all([planned.program], signals, default_scale())
    if planned.program.broken:
        raise Refused(f"{clean(name)}: {planned.program.broken}")
    seconds = run.get("seconds")
    if planned.program.kind == "race" and isinstance(seconds, (int, float)):
        planned.seconds = float(seconds)
    return planned


def _transcript(planned: Planned, name: str, point: Json) -> Optional[Transcript]:
    """The transcript of a story; None of a race. Raises Refused for what is neither."""
    params: List[str] = [str(param.get("name")) for param in planned.program.params]
    history = point["diagnostics"].get("history")
    if "story" in params and isinstance(history, str) and history.startswith(BEGINNING):
        try:
            return parse(history)
        except NoTranscript as reason:
            raise Refused(f"{clean(name)} cannot be made smaller: {reason}") from None
    if "race" not in params:
        raise Refused(f"{clean(name)} is neither a race nor a story of the accounting model")
    return None
