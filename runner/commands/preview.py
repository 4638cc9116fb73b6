# SPDX-License-Identifier: LGPL-2.1-or-later
"""--plan: what a run would do, how long that took last time, and what it would change."""
from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Tuple

from .. import past
from ..job import Job
from ..observe import neighbours
from ..past import Last
from ..plan import Planned, needs
from ..report.summary import Groups
from ..settings import pool
from ..tags import tags_of, tags_of_cases
from ..text import clean, count

Json = Dict[str, Any]
# Tags of programs that change the machine beyond their own processes while they run, and how.
_CHANGE = {"changes-pool": "pools while programs run", "dangerous": "poisoned memory, or a "
           "kernel that cannot be trusted any more"}


@dataclass
class Preview:
    """What would happen: the plan, the last results by name, and the pools before and during the
    run."""

    job: Job
    known: Dict[str, Last]
    pools: Dict[str, Tuple[int, int]]

    @property
    def runs(self) -> List[Planned]:
        """What would be run."""
        return [planned for planned in self.job.plan if planned.verdict is None]

    @property
    def seconds(self) -> float:
        """How long that took last time, as far as it is known."""
        return sum(self.known[planned.name].seconds for planned in self.runs
                   if planned.name in self.known)

    def changing(self, tag: str) -> List[str]:
        """The names of the runs of which something has the tag."""
        return [planned.name for planned in self.runs
                if tag in tags_of_cases(planned.program, planned.cases)]


def look(job: Job, results: str) -> Preview:
    """Looks at the machine and at earlier runs; changes nothing. Runs whose pages do not fit into
    the memory become skips."""
    asked = needs(job.plan)
    pools = pool.foreseen(asked, neighbours.others() if asked else None)
    for planned in job.plan:
        if planned.verdict is None and planned.program.pages and planned.size in pools:
            reason = pools[planned.size or ""][0].refusal(planned.program.pages)
            if reason:
                planned.verdict, planned.reason = "skip", reason
    changed = {size: (there.raised - more, there.raised)
               for size, (there, more) in pools.items() if more}
    return Preview(job, past.last([planned.name for planned in job.plan], results), changed)


def as_json(seen: Preview) -> Json:
    """The form of --plan --json."""
    rows = []
    for planned in seen.job.plan:
        last = seen.known.get(planned.name)
        row: Json = {"name": planned.name, "cases": planned.cases,
                     "tags": tags_of(planned.program),
                     "verdict": planned.verdict, "reason": planned.reason,
                     "spared": planned.spared if planned.verdict is None else {},
                     "last": {"verdict": last.word, "seconds": round(last.seconds, 3)}
                     if last else None}
        rows.append(row)
    return {"format": 1, "command": seen.job.request.command, "seconds": round(seen.seconds, 3),
            "runs": rows,
            "changes": [{"what": f"pool of {size}", "before": was, "during": during}
                        for size, (was, during) in seen.pools.items()],
            "changing": {tag: seen.changing(tag) for tag in _CHANGE}}


def _lines(seen: Preview) -> Iterator[str]:
    runs = seen.runs
    new = sum(planned.name not in seen.known for planned in runs)
    points = sum(len(planned.cases) for planned in runs)
    yield (f"{count(len(runs), 'run')} of programs with {count(points, 'point')}, last time "
           f"{seen.seconds:.1f} s, {new} of them never")
    skips = Groups()
    for planned in seen.job.plan:
        if planned.verdict is not None:
            skips.add(planned.reason or "", planned.name)
        for case, reason in planned.spared.items() if planned.verdict is None else ():
            skips.add(reason, planned.point(case))
    if skips.names:
        number = sum(len(names) for names in skips.names.values())
        yield f"Would skip {number}, beside what programs find that they cannot do here:"
        yield from skips.lines()
    yield from _changes(seen)
    if runs:
        yield "In this order:"
    for planned in runs:
        last = seen.known.get(planned.name)
        took = f"{last.seconds:.3g} s, {last.word}" if last else "never ran"
        yield f"  {planned.name}  {count(len(planned.cases), 'case')}  {took}"


def _changes(seen: Preview) -> Iterator[str]:
    lines = [f"  pool of {size}: {was} pages, {during} during the run"
             for size, (was, during) in seen.pools.items()]
    for tag, what in _CHANGE.items():
        names = seen.changing(tag)
        if names:
            lines.append(f"  {what}, {count(len(names), 'run')} of programs: {' '.join(names)}")
    yield "Would change, and restore:" if lines else "Would change no setting by itself."
    yield from lines


def show(job: Job, results: str) -> int:
    """Prints the preview; returns the exit status."""
    seen = look(job, results)
    if job.request.as_json:
        print(json.dumps(as_json(seen), indent=1))
    else:
        for line in _lines(seen):
            print(clean(line, 100_000) if "\n" not in line else line)
    return 0
