# SPDX-License-Identifier: LGPL-2.1-or-later
"""The end of a report: what was skipped and why, every odd counter, the counts."""
from __future__ import annotations

from typing import Any, Dict, List, Sequence

from ..complaints import complaint
from ..figures import figures, instructions, median
from ..known import seems_fixed
from ..leaks import told
from ..observe.counters import pool_counters
from ..text import clean, count, quantity
from .matrix import PAIR, matrix
from .tally import Item, items, missing, tally

Json = Dict[str, Any]
# Of one program; results.jsonl has them all.
MAX_COMPLAINTS = 5


def _grouped(pairs: Sequence[Any]) -> Dict[str, List[str]]:
    groups: Dict[str, List[str]] = {}
    for reason, name in pairs:
        group = groups.setdefault(reason, [])
        # Of the repeats of a load the first is enough.
        if name.partition("#")[0] not in group:
            group.append(name)
    return groups


def _by_reason(found: Sequence[Item]) -> List[str]:
    """A reason once, and below it all that have it."""
    groups = _grouped([(item.reason or "no reason given", item.name) for item in found])
    return [f"  {clean(reason, 500)}\n    {' '.join(names)}" for reason, names in groups.items()]


def tried_again(found: Sequence[Item]) -> List[str]:
    """What passed in the end, and why the tries before did not count."""
    lines = []
    for item in found:
        tries = (item.point["diagnostics"].get("tries") if item.point and item.verdict == "pass"
                 else None)
        if isinstance(tries, list) and tries:
            lines.append(f"  {item.name}: {len(tries) + 1} tries: {clean(str(tries[0]), 300)}")
    for result in {id(item.result): item.result for item in found}.values():
        tries = result.get("tries")
        if isinstance(tries, list) and tries and result.get("verdict") != "disturbed":
            reason = tries[0].get("reason") if isinstance(tries[0], dict) else tries[0]
            lines.append(f"  {result.get('name')}: {len(tries) + 1} tries: "
                         f"{clean(str(reason), 300)}")
    return lines


def _deltas(results: Sequence[Json]) -> List[str]:
    """Every hugetlb counter that was not as before at rest."""
    lines = []
    for result in results:
        changed = pool_counters(result["counters"]["delta"])
        if changed:
            told = ", ".join(f"{name} {value:+d}" for name, value in sorted(changed.items()))
            lines.append(f"  {result['name']}: {told}")
    return lines


def _complaints(run: Json, results: Sequence[Json]) -> List[str]:
    lines = []
    for result in results:
        for line in result["complaints"][:MAX_COMPLAINTS]:
            text = clean(str(line), 300)
            lines.append(f"  {result['name']}: {complaint(str(line)) or 'complaint'}: {text}")
        more = len(result["complaints"]) - MAX_COMPLAINTS
        if more > 0:
            lines.append(f"  {result['name']}: {more} more")
    for entry in run.get("between") or []:
        for line in entry.get("complaints") or []:
            lines.append(f"  between programs: {clean(str(line), 300)}")
    return lines


def _waits(results: Sequence[Json]) -> List[str]:
    return [f"  {r['name']}: {r['rest_ms']:g} ms" for r in results if r.get("rest_ms")]


def lost_memory(results: Sequence[Json]) -> List[str]:
    """The page frames that a program poisoned and that could not be made good again."""
    return [f"  {point['name']}: page frame {clean(str(point['diagnostics']['lost']), 300)}"
            for result in results for point in result["points"]
            if point["diagnostics"].get("lost")]


def _races(run: Json, results: Sequence[Json]) -> List[str]:
    """What the actors of each race did; of many pairs the matrix tells more."""
    if run.get("kind") != "race":
        return []
    lines = []
    for result in results:
        for point in result["points"]:
            observed = point["diagnostics"].get("observed")
            if isinstance(observed, dict) and PAIR not in point["name"]:
                lines.append(f"  {point['name']}:")
                lines += [f"    {clean(str(actor)):16} {clean(str(said), 300)}"
                          for actor, said in observed.items()]
    return lines


def _figures(run: Json, results: Sequence[Json]) -> List[str]:
    """Each figure of a run of loads: the median of its repeats, the least and the most."""
    if run.get("kind") != "load":
        return []
    counted = instructions(run)
    lines = []
    for name, figure in figures(results).items():
        middle, least, most = (quantity(value, figure.unit, counted) for value in (
            median(figure.values), min(figure.values), max(figure.values)))
        lines.append(f"  {clean(name, 100):64} {middle:>18}"
                     + (f"   {least} to {most}" if len(figure.values) > 1 else ""))
    return lines


def _section(title: str, lines: Sequence[str]) -> str:
    return f"{title}\n" + "\n".join(lines) + "\n" if lines else ""


def summary(run: Json, results: Sequence[Json], folder: str) -> str:
    """The whole end, the counts in its last line."""
    found = items(run, results)
    known = _grouped([(item.known, item.name) for item in found if item.state == "known"])
    cut = missing(run, results)
    text = _section("Failed:", [f"  {item.verdict:7} {item.name}: {clean(item.reason or '', 500)}"
                                for item in found if item.state == "failed"])
    for state, title in (("broken", "Broken, so that nothing can be said of the kernel:"),
                         ("unknown", "Unknown, for lines of the kernel log were lost:"),
                         ("disturbed", "Disturbed by others at every try:")):
        text += _section(title, _by_reason([item for item in found if item.state == state]))
    text += _section("Disturbed or short of memory, and good when tried again:",
                     tried_again(found))
    text += _section("Races:", _races(run, results)) + matrix(results)
    text += _section("Figures (median of the repeats, least and most):",
                     _figures(run, results))
    text += _section("Skipped:", _by_reason([i for i in found if i.state == "skipped"]))
    text += _section("Known issues:", [f"  {issue}: {len(names)}: {' '.join(names)}"
                                       for issue, names in known.items()])
    text += _section("Seems fixed here:", [
        f"  {clean(issue['id'], 200)}: {count(issue['points'], 'point')} passed"
        for issue in seems_fixed(run, results)])
    text += _section("Pool counters that did not come back:", _deltas(results))
    text += _section("Memory lost until the machine boots again (not unpoisoned):",
                     lost_memory(results))
    text += _section("Pools that were at rest only after a wait:", _waits(results))
    text += _section("Kernel complaints:", _complaints(run, results))
    text += _section("Not run, the run was cut:", [f"  {name}" for name in cut])
    text += _section("Not complete:", [f"  {clean(line, 500)}"
                                       for line in told(run.get("hindered") or [])])
    text += f"Seed {run.get('seed')}, results in {folder}\n"
    return text + tally(run, results).line() + "\n"
