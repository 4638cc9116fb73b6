# SPDX-License-Identifier: LGPL-2.1-or-later
"""A run as the results.yaml of a tmt test with `result: custom`."""
from __future__ import annotations

from datetime import timedelta
from typing import Any, Dict, Iterable, Iterator

from ..errors import Refused
from ..text import clean
from .facts import moment, why
from .names import Unique
from .tally import Counting, Item, items_of, items_of_run

Json = Dict[str, Any]
# `info` fails no test and is no pass; tmt has no word for a failure that is expected of a part.
_WORDS = {"passed": "pass", "skipped": "skip", "disturbed": "skip", "known": "info",
          "failed": "fail"}
# By exit status: what the whole run is.
_WHOLE = {0: "pass", 1: "fail"}


def _duration(seconds: float) -> str:
    whole_seconds = round(seconds)
    return (f"{whole_seconds // 3600:02d}:{whole_seconds // 60 % 60:02d}:"
            f"{whole_seconds % 60:02d}")


def _times(began: Any, seconds: float) -> Json:
    """tmt wants fractions of a second."""
    begin, said = moment(began), {"duration": _duration(seconds)}
    if begin:
        said["start-time"] = begin.isoformat(timespec="microseconds")
        try:
            said["end-time"] = (begin + timedelta(seconds=seconds)).isoformat(
                timespec="microseconds")
        except OverflowError:
            pass
    return said


def _entry(item: Item, unique: Unique) -> Json:
    entry: Json = {"name": unique.name("/" + clean(item.name, 2000).lstrip("/")),
                   "result": _WORDS.get(item.state, "error")}
    if why(item):
        entry["note"] = [why(item)]
    return {**entry, **_times(item.result.get("started"), item.seconds)}


def whole(run: Json, results: Iterable[Json]) -> Iterator[str]:
    """The list, entry by entry: last, with the name `/`, the run itself. Raises Refused without
    PyYAML."""
    try:
        import yaml  # type: ignore[import]
    except ImportError:
        raise Refused("tmt needs Python's yaml: install python3-yaml") from None

    def text(entry: Json) -> str:
        return str(yaml.safe_dump([entry], sort_keys=False, width=1 << 20))

    unique, counting = Unique(), Counting(run)
    for result in results:
        counting.add(result)
        for item in items_of(result):
            yield text(_entry(item, unique))
    for item in items_of_run(run):
        yield text(_entry(item, unique))
    counts = counting.tally(results)
    missing = f", {counts.missing} not run" if counts.missing else ""
    skipped = counts.total and counts.skipped == counts.total and not counts.missing
    yield text({"name": "/", "note": [counts.line() + missing],
                "result": "skip" if skipped else _WHOLE.get(counts.status(), "error")})
