# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs of a program in several parts, because guests died and later boots ran the rest.

Each part is a line of results.jsonl; all but the last have in `rest` the cases that had not begun.
"""
from __future__ import annotations

from typing import Any, Dict, List, Optional, Sequence

from .text import clean
from .verdicts import NOT_WELL, RANK

Json = Dict[str, Any]


def unfinished(run: Json, results: Sequence[Json]) -> List[str]:
    """The planned runs that have no result, or only that of a part."""
    done = {result["name"] for result in results if not result.get("rest")}
    return [name for name in run["plan"] if name not in done]


def cases_left(run: Json, results: Sequence[Json]) -> Dict[str, List[str]]:
    """The cases that are still to be run, by run, for runs of which some have been."""
    return {**(run.get("cases") or {}),
            **{result["name"]: result["rest"] for result in results if result.get("rest")}}


def joined(first: Json, second: Json) -> Json:
    """Joins two parts to one result. Counters and taint are those of the second part, because the
    guest was booted in between."""
    whole = dict(second)
    whole["points"] = first["points"] + second["points"]
    worse = max((first, second), key=lambda part: RANK[part["verdict"]])
    whole["verdict"] = worse["verdict"]
    reasons = [str(part["reason"]) for part in (first, second) if part.get("reason")]
    whole["reason"] = clean("; ".join(dict.fromkeys(reasons)), 1000) or None
    whole["known"] = _known(first, second)
    for key in ("log", "complaints"):
        whole[key] = first[key] + second[key]
    whole.pop("findings", None)
    if "findings" in first and "findings" in second:
        whole["findings"] = first["findings"] + second["findings"]
    whole["left"] = {key: first["left"].get(key, []) + second["left"].get(key, [])
                     for key in {*first["left"], *second["left"]}}
    whole["duration_ms"] = first["duration_ms"] + second["duration_ms"]
    whole["timed_out"] = bool(first.get("timed_out") or second.get("timed_out"))
    whole["started"] = first.get("started") or second.get("started")
    return whole


def _known(first: Json, second: Json) -> Optional[str]:
    """The issue that explains the worse of two parts, if both are explained or well."""
    bad = [part for part in (first, second) if part["verdict"] in NOT_WELL]
    if not bad or not all(part.get("known") for part in bad):
        return None
    return str(max(bad, key=lambda part: RANK[part["verdict"]])["known"])
