# SPDX-License-Identifier: LGPL-2.1-or-later
"""A run as one JSON object for scripts: the counts, and what did not pass."""
from __future__ import annotations

from typing import Any, Dict, Iterable

from .tally import Counting, items

Json = Dict[str, Any]


def as_json(run: Json, results: Iterable[Json], every: bool) -> Json:
    """The run with the points that did not pass, or with every one. The results are read twice."""
    counting = Counting(run)
    for result in results:
        counting.add(result)
    counts = counting.tally(results)
    return {"format": 1, "run": run.get("run"), "kind": run.get("kind", "func"),
            "kernel": run.get("kernel"), "started": run.get("started"), "ended": run.get("ended"),
            "seed": run.get("seed"), "interrupted": run.get("interrupted"),
            "counts": counts.as_json(), "status": counts.status(), "missing": counting.missing(),
            "points": [{"name": item.name, "verdict": item.verdict, "reason": item.reason,
                        "known": item.known} for item in items(run, results)
                       if every or item.state != "passed"]}
