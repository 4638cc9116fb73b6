# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes a result as a line of results.jsonl that every reader accepts, whatever its size."""
from __future__ import annotations

import json
from typing import Any, Dict, List, Optional, Sequence

from .diagnostics import tame
from .reading import MAX_DEPTH, MAX_LINE
from .text import clean

# How many leftovers of each kind are kept where the line would be too long.
MAX_LISTED = 200
Json = Dict[str, Any]


def as_json(value: Json, indent: Optional[int] = None) -> str:
    """JSON that every reader accepts: unpaired surrogates, which file names may have, are
    escaped."""
    separators = (",", ":") if indent is None else None
    text = json.dumps(value, indent=indent, separators=separators)
    if "\\ud" in text:
        text = json.dumps(tame(value, MAX_DEPTH), indent=indent, separators=separators)
    return text


def _first(texts: Sequence[str]) -> List[str]:
    more = len(texts) - MAX_LISTED
    return [clean(text) for text in texts[:MAX_LISTED]] + (
        [f"and {more} more"] if more > 0 else [])


def _listed(left: Json) -> Json:
    return {key: _first(texts) for key, texts in left.items()}


def as_line(result: Json) -> bytes:
    """The line of a result. If it is longer than readers accept, the last lines of the kernel log
    are left out, then most leftovers, then the diagnostics of the points, then the points; the
    verdict is always kept."""
    def text() -> bytes:
        return as_json(result).encode() + b"\n"

    line = text()
    if len(line) > MAX_LINE:
        result = {**result, "log": [said[:200] for said in result["log"][:2000]],
                  "log_processes": [], "complaints": _first(result.get("complaints", ())),
                  "left": _listed(result.get("left", {}))}
        if "tries" in result:
            result["tries"] = [{**one, "left": _listed(one.get("left", {}))}
                               for one in result["tries"]]
        line = text()
    if len(line) > MAX_LINE:
        dropped = {"dropped": [f"all: of a result {MAX_LINE >> 20} MB are kept at most"]}
        result["points"] = [{**point, "diagnostics": dropped,
                             "reason": clean(point.get("reason") or "", 200) or None}
                            for point in result["points"]]
        line = text()
    if len(line) > MAX_LINE:
        result["points"] = []
        line = text()
    return line
