# SPDX-License-Identifier: LGPL-2.1-or-later
"""A run as one HTML page: failures with their reasons, skips, changed counters, and the kernel
log."""
from __future__ import annotations

from itertools import islice
from typing import Any, Callable, Dict, Iterable, Iterator, List

from ..budget import spent
from ..complaints import complaint
from ..figures import Figures, instructions, median
from ..known import SeemsFixed
from ..leaks import hindered_lines
from ..sources import texts
from ..text import count, milliseconds, printed, quantity
from . import loops, where
from .matrix import Matrix
from .overlap import Overlap
from .page import pieces
from .summary import Groups, lost_memory
from .tally import Counting, Item, bad, items, items_of, items_of_run

Json = Dict[str, Any]
# The most rows of changed counters, because browsers cannot show millions.
MAX_CHANGES = 20000
# The keys of a failure's YAML block that its heading does not show.
_SHOWN = ("step", "check", "at", "expected", "got", "seed", "history", "observed", "counters",
          "lost", "dropped")


def _failure(item: Item) -> Json:
    said = item.point["diagnostics"] if item.point else {}
    result = item.result
    complaints = set(map(str, result.get("complaints") or []))
    shown = [(key, _text(said[key])) for key in _SHOWN if said.get(key) is not None]
    shown += [("source", text) for text in texts(result.get("sources") or [])]
    return {"name": item.name, "verdict": item.verdict, "reason": item.reason or "",
            "said": shown,
            "log": [(printed(str(line)),
                     complaint(str(line)) is not None or str(line) in complaints)
                    for line in result.get("log") or []],
            "out": result.get("out")}


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return "\n".join(f"{key}: {what}" for key, what in value.items())
    return str(value)


def _groups(groups: Groups) -> List[Json]:
    return [{"reason": reason, "names": list(names)} for reason, names in groups.names.items()]


def _program(result: Json) -> Json:
    found = list(items_of(result))
    left = result.get("left") or {}
    return {"name": result["name"], "verdict": result["verdict"],
            "word": "known" if result.get("known") else result["verdict"],
            "passed": sum(item.state == "passed" for item in found), "cases": len(found),
            "ms": result["duration_ms"], "took": milliseconds(result["duration_ms"]),
            "log": [printed(str(line)) for line in result.get("log") or []],
            "others": [printed(str(line)) for line in result.get("log_processes") or []],
            "left": [f"{kind}: {line}" for kind, lines in left.items()
                     if isinstance(lines, list) for line in lines]}


def _counters(result: Json) -> Iterator[Json]:
    counters = result["counters"]
    before, after = counters.get("before") or {}, counters.get("after") or {}
    for name, change in counters["delta"].items():
        yield {"program": result["name"], "counter": name, "delta": change,
               "before": before.get(name, ""), "after": after.get(name, "")}


def _figures(run: Json, gathered: Figures) -> List[Json]:
    counted = instructions(run)
    return [{"name": name, "median": quantity(median(figure.values), figure.unit, counted),
             "least": quantity(min(figure.values), figure.unit, counted),
             "most": quantity(max(figure.values), figure.unit, counted),
             "tail": [quantity(value, figure.unit, counted)
                      for value in figure.all.quantiles().values()] if figure.all else [],
             "key": median(figure.values)} for name, figure in gathered.found().items()]


def _about(run: Json) -> List[Any]:
    kernel = run.get("kernel") or {}
    lab = run.get("lab") or {}
    settings = [f"{s.get('what')}: {s.get('before')}, for the run {s.get('during')}"
                for s in run.get("settings") or []]
    about = [("command", run.get("command")), ("kernel", f"{kernel.get('release', '?')} "
                                                         f"{kernel.get('version', '')}"),
             ("its command line", kernel.get("command_line")),
             ("machine", ", ".join(filter(None, (
                 str(kernel.get("machine", "")), str(run.get("processor") or ""),
                 count(run["processors"], "processor") if run.get("processors") else "",
                 count(run["nodes"], "node") if run.get("nodes") else "",
                 f"{(run.get('memory_kb') or 0) >> 10} MB")))),
             ("guest", f"{lab.get('accel')}, {lab.get('options')}" if lab else None),
             ("page sizes", " ".join(run.get("page_sizes") or [])),
             ("began", run.get("started")), ("ended", run.get("ended")),
             ("cut", run.get("interrupted")), ("seed", run.get("seed")),
             ("settings", "; ".join(settings))]
    return [(name, value) for name, value in about if value not in (None, "")]


class _Rows:
    """Rows that are generated while they are printed, to save memory."""

    def __init__(self, number: int, rows: Callable[[], Iterator[Json]]) -> None:
        self._number, self._rows = number, rows

    def __len__(self) -> int:
        return self._number

    def __iter__(self) -> Iterator[Json]:
        return self._rows()


def page(run: Json, results: Iterable[Json]) -> Iterator[str]:
    """The HTML text, piece by piece; the results are read more than once. Raises Refused without
    jinja2."""
    counting, fixed, pairs, numbers = Counting(run), SeemsFixed(run), Matrix(), Figures()
    met = Overlap()
    known, skips, lost = Groups(), Groups(), []
    failures = programs = changes = 0
    for result in results:
        counting.add(result)
        fixed.add(result)
        pairs.add(result)
        met.add(result)
        numbers.add(result)
        lost += lost_memory([result])
        programs += 1
        changes += len(result["counters"]["delta"])
        found = list(items_of(result))
        failures += sum(1 for _ in bad(found))
        for item in found:
            if item.state == "known":
                known.add(item.known or "", item.name)
            elif item.state == "skipped":
                skips.add(item.reason or "no reason given", item.name)
    failures += sum(1 for _ in bad(items_of_run(run)))
    counts = counting.tally(results)
    between = [printed(str(line)) for entry in run.get("between") or []
               for line in entry.get("complaints") or []]
    return pieces("report.html", {
        "run": run.get("run", ""), "about": _about(run), "line": counts.line(),
        "counts": counts.as_json(), "known": _groups(known), "skips": _groups(skips),
        "failures": _Rows(failures, lambda: map(_failure, bad(items(run, results)))),
        "seems_fixed": fixed.found(), "missing": counting.missing(), "lost": lost,
        "left": str(run["interrupted"]) if spent(run) else "",
        "between": between, "incomplete": hindered_lines(run.get("hindered") or []),
        "matrix": pairs.text(), "overlap": [[*met.table(target)] for target in met.ops],
        "overlap_text": met.text(), "figures": _figures(run, numbers),
        "profiles": where.of_page(numbers, instructions(run)),
        "knees": loops.knees_of_page(numbers, instructions(run)),
        "curves": loops.curves_of_page(numbers, instructions(run)),
        "programs": _Rows(programs, lambda: map(_program, results)),
        "counters": _Rows(changes, lambda: islice(
            (row for result in results for row in _counters(result)), MAX_CHANGES)),
        "max_changes": MAX_CHANGES})
