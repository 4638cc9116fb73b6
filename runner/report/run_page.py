# SPDX-License-Identifier: LGPL-2.1-or-later
"""A run as one HTML page, to be read in a minute: what failed and why, what was skipped,
every counter that changed, and what the kernel said."""
from __future__ import annotations

from typing import Any, Dict, List, Sequence

from ..complaints import complaint
from ..figures import figures, instructions, median
from ..known import seems_fixed
from ..leaks import told
from ..text import count, printed, quantity
from .matrix import matrix
from .page import render
from .summary import lost_memory
from .table import milliseconds
from .tally import Item, bad, items, items_of, missing, tally

Json = Dict[str, Any]
# Of a failure's YAML block what its heading does not say already.
_SHOWN = ("step", "check", "at", "expected", "got", "seed", "history", "observed", "counters",
          "lost")


def _failure(item: Item) -> Json:
    said = item.point["diagnostics"] if item.point else {}
    result = item.result
    complaints = set(map(str, result.get("complaints") or []))
    return {"name": item.name, "verdict": item.verdict, "reason": item.reason or "",
            "said": [(key, _text(said[key])) for key in _SHOWN if said.get(key) is not None],
            "log": [(printed(str(line)),
                     complaint(str(line)) is not None or str(line) in complaints)
                    for line in result.get("log") or []],
            "out": result.get("out")}


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return "\n".join(f"{key}: {what}" for key, what in value.items())
    return str(value)


def _groups(found: Sequence[Item], state: str) -> List[Json]:
    groups: Dict[str, List[str]] = {}
    for item in found:
        if item.state == state:
            key = (item.known if state == "known" else item.reason) or "no reason given"
            groups.setdefault(key, []).append(item.name)
    return [{"reason": reason, "names": names} for reason, names in groups.items()]


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


def _counters(results: Sequence[Json]) -> List[Json]:
    rows = []
    for result in results:
        counters = result["counters"]
        before, after = counters.get("before") or {}, counters.get("after") or {}
        rows += [{"program": result["name"], "counter": name, "delta": change,
                  "before": before.get(name, ""), "after": after.get(name, "")}
                 for name, change in counters["delta"].items()]
    return rows


def _figures(run: Json, results: Sequence[Json]) -> List[Json]:
    counted = instructions(run)
    return [{"name": name, "median": quantity(median(figure.values), figure.unit, counted),
             "least": quantity(min(figure.values), figure.unit, counted),
             "most": quantity(max(figure.values), figure.unit, counted),
             "tail": [quantity(value, figure.unit, counted)
                      for value in figure.all.quantiles().values()] if figure.all else [],
             "key": median(figure.values)} for name, figure in figures(results).items()]


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


def page(run: Json, results: Sequence[Json]) -> str:
    """The HTML text. Raises Refused without jinja2."""
    found = items(run, results)
    between = [printed(str(line)) for entry in run.get("between") or []
               for line in entry.get("complaints") or []]
    return render("report.html", {
        "run": run.get("run", ""), "about": _about(run), "line": tally(run, results).line(),
        "counts": tally(run, results).as_json(), "failures": [_failure(i) for i in bad(found)],
        "known": _groups(found, "known"), "skips": _groups(found, "skipped"),
        "seems_fixed": seems_fixed(run, results),
        "missing": missing(run, results), "lost": lost_memory(results), "between": between,
        "incomplete": told(run.get("hindered") or []),
        "matrix": matrix(results), "programs": [_program(result) for result in results],
        "figures": _figures(run, results), "counters": _counters(results)})
