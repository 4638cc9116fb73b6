# SPDX-License-Identifier: LGPL-2.1-or-later
"""The results of all pairs of actors, as a triangular matrix for each target."""
from __future__ import annotations

from typing import Any, Dict, List

# race_pairs names its cases TARGET__ACTOR__ACTOR.
PAIR = "__"
_SIGNS = {"pass": ".", "skip": "s"}
_LEGEND = ". ran  s skipped  F failed  k failed, known  (nothing: makes no sense together)"


def _sign(point: Dict[str, Any]) -> str:
    if point.get("known"):
        return "k"
    return _SIGNS.get(point["verdict"], "F")


def _triangle(target: str, signs: Dict[str, str]) -> List[str]:
    actors = list(dict.fromkeys(name for pair in signs for name in pair.split(PAIR)))
    lines = [f"  {target}"]
    for number, one in enumerate(actors):
        row = "".join(signs.get(PAIR.join((other, one)), signs.get(PAIR.join((one, other)), " "))
                      for other in actors[:number + 1])
        lines.append(f"    {one:14} {row}")
    return lines


class Matrix:
    """Gathers the points of pairs, result by result."""

    def __init__(self) -> None:
        self._targets: Dict[str, Dict[str, str]] = {}

    def add(self, result: Dict[str, Any]) -> None:
        """Takes a line of results.jsonl."""
        for point in result["points"]:
            name = point["name"].partition(".")[2].partition("@")[0] or point["name"]
            target, _, pair = name.rpartition(".")[2].partition(PAIR)
            if pair:
                self._targets.setdefault(target, {})[pair] = _sign(point)

    def text(self) -> str:
        """The matrix as text; empty without pairs."""
        if not self._targets:
            return ""
        lines = [f"Pairs of actors, in the order of the lines ({_LEGEND}):"]
        for target, signs in self._targets.items():
            lines += _triangle(target, signs)
        return "\n".join(lines) + "\n"
