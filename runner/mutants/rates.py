# SPDX-License-Identifier: LGPL-2.1-or-later
"""The rate of killed mutants, with its confidence interval."""
from __future__ import annotations

import math
from collections import Counter
from typing import Any, Dict, Iterable, List, Sequence, Tuple

Json = Dict[str, Any]
# 95 % of a normal distribution is within this many standard deviations.
Z = 1.959963984540054
# The states of generated mutants and their names in reports. The rate is made of the first two.
STATES = {"killed": "killed", "survived": "survived", "equivalent": "marked equivalent",
          "same": "same object code", "unbuildable": "not built", "unbootable": "not booted"}


def wilson(killed: int, of: int) -> Tuple[float, float]:
    """The 95 % confidence interval of a rate (Wilson's score)."""
    if not of:
        return 0.0, 1.0
    rate, square = killed / of, Z * Z / of
    middle = (rate + square / 2) / (1 + square)
    half = Z * math.sqrt(rate * (1 - rate) / of + square / of / 4) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)


def rate(lines: Iterable[Json]) -> Json:
    """The number of mutants in each state, and the rate with its interval; null where nothing was
    tried."""
    states: "Counter[str]" = Counter(line["state"] for line in lines)
    killed, tried = states["killed"], states["killed"] + states["survived"]
    low, high = wilson(killed, tried)
    return {**{state: states[state] for state in STATES},
            "rate": round(killed / tried, 4) if tried else None,
            "low": round(low, 4) if tried else None, "high": round(high, 4) if tried else None}


def rates(lines: Sequence[Json]) -> Json:
    """The rates of all mutants, by file and by operator."""
    def by(key: str) -> Json:
        return {value: rate(line for line in lines if line[key] == value)
                for value in sorted({line[key] for line in lines})}
    return {"all": rate(lines), "files": by("file"), "operators": by("operator")}


def _row(name: str, one: Json, width: int) -> str:
    rate = "nothing to rate" if one["rate"] is None else (
        f"{one['killed']:3} of {one['killed'] + one['survived']:3} killed, {one['rate']:4.0%} "
        f"({one['low']:.0%} to {one['high']:.0%})")
    rest = [f"{one[state]} {text}" for state, text in list(STATES.items())[2:] if one[state]]
    return f"{name:{width}}  {rate}" + (f"; {', '.join(rest)}" if rest else "")


def table(found: Json) -> List[str]:
    """The rates as lines."""
    names = ["all", *found["files"], *found["operators"]]
    width = max(map(len, names))
    return [_row("all", found["all"], width)] + [
        _row(name, one, width) for part in ("files", "operators")
        for name, one in found[part].items()]
