# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the host accepts of a guest's record.

Other records, which may have been written by hand or by another version, are checked by the
schemas alone. A guest's record is written by this version: it must also have every field on which
the host relies.
"""
from __future__ import annotations

import math
import re
from typing import Any, Collection, Dict, List, Optional

from ..record import FORMAT
from ..schema import checker

__all__ = ["MOST_SECONDS", "seconds", "wrong_plan", "wrong_result", "wrong_run"]
Json = Dict[str, Any]
# The bound of all counters, times and sizes.
MOST_NUMBER = 1 << 64
MAX_NAME, MAX_PLAN = 250, 200_000
# No program may write nothing for longer than this, whatever its limit is.
MOST_SECONDS = 7 * 86400.0
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*/[A-Za-z0-9_][A-Za-z0-9_.+@#:-]*\Z")
_RESULT = ("reason", "page_size", "out", "duration_ms", "points", "counters", "log", "complaints",
           "log_processes", "taint", "left")
_RUN = ("kernel", "plan", "cases", "kind", "seconds", "seed", "time_scale", "params", "hindered",
        "between", "settings", "nodes", "memory_kb", "started")


def is_name(text: Any) -> bool:
    """True for a text that can be the name of a run of a program, or of a point."""
    return isinstance(text, str) and len(text) <= MAX_NAME and bool(_NAME.match(text))


def _too_large(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_too_large, value.values()))
    if isinstance(value, list):
        return any(map(_too_large, value))
    return isinstance(value, (int, float)) and not -MOST_NUMBER < value <= MOST_NUMBER


def _wrong(value: Any, schema: str, required: Collection[str]) -> Optional[str]:
    wrong = checker(schema)(value)
    if wrong:
        return wrong
    if _too_large(value):
        return "has a number that is too large"
    return next((f"has no {key}" for key in required if key not in value), None)


def wrong_result(value: Any, due: Collection[str]) -> Optional[str]:
    """Why a line of results.jsonl is not accepted; None when it is. `due`: the names of the runs
    that may have a result now."""
    wrong = _wrong(value, "result", _RESULT)
    if wrong:
        return wrong
    if value["name"] not in due:
        return "is of a run that is not under way"
    if not all(is_name(point["name"]) and isinstance(point.get("diagnostics", {}), dict)
               for point in value["points"]):
        return "has a point without a name"
    if not {"before", "after"} <= set(value["taint"]) or "delta" not in value["counters"]:
        return "has no taint or no counters"
    # Only the host knows how many guests have died in a program.
    return next((f"has {key}" for key in ("rest", "died") if value.get(key)), None)


def wrong_run(value: Any) -> Optional[str]:
    """Why run.json is not accepted; None when it is."""
    wrong = _wrong(value, "run", _RUN)
    if wrong:
        return wrong
    if not 1 <= value["format"] <= FORMAT or len(value["plan"]) > MAX_PLAN:
        return "is of another format"
    if not all(map(is_name, value["plan"])):
        return "has a plan with an invalid name"
    kernel = value["kernel"]
    if not all(isinstance(kernel.get(key), str) for key in ("release", "version", "machine")):
        return "names no kernel"
    return None


def wrong_plan(plan: List[str], programs: Optional[Collection[str]]) -> Optional[str]:
    """Why a plan is not accepted; None when it is. `programs` are the names that can be in it,
    if known."""
    if len(set(plan)) != len(plan):
        return "has a name twice in the plan"
    if programs is None:
        return None
    return next((f"no program {name}" for name in plan
                 if name.partition("#")[0].partition("@")[0] not in programs), None)


def seconds(text: str) -> float:
    """A time limit that a guest wrote; 0 for a text that is none."""
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return min(max(value, 0.0), MOST_SECONDS) if math.isfinite(value) else 0.0
