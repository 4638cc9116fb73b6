# SPDX-License-Identifier: LGPL-2.1-or-later
"""The two sides of a comparison, each of one run or several."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Sequence, Set, Tuple

from ..errors import Refused
from ..figures import Distribution, Figure, figures, instructions, median
from ..findings import beyond
from ..reading import Results, load
from ..profiles import Profile
from ..record import find_run
from ..text import clean

Json = Dict[str, Any]
# What must be alike on both sides: its description, and its key in run.json.
_ALIKE = (("processor", "processor"), ("number of processors", "processors"),
          ("memory", "memory_kb"), ("number of nodes", "nodes"), ("page sizes", "page_sizes"),
          ("settings of transparent huge pages", "thp"), ("seconds", "seconds"),
          ("parameters", "params"), ("parameter that varies", "scale"))
# MemTotal differs between kernels by the memory of the kernel itself.
_SAME_MEMORY = 0.01


@dataclass
class Side:
    """One side. `samples`: the samples of each figure, one for each run if there are several runs,
    else one for each repeat."""

    label: str
    runs: List[Tuple[Json, Results]]
    folders: List[str]
    figures: Dict[str, Figure] = field(default_factory=dict)
    failed: Set[str] = field(default_factory=set)

    @property
    def several(self) -> bool:
        """True when a sample is a whole run, and so a boot if each boot has one run."""
        return len(self.runs) > 1

    @property
    def record(self) -> Json:
        """The run.json of its first run."""
        return self.runs[0][0]

    @property
    def instructions(self) -> bool:
        """True when its times are counted instructions."""
        return instructions(self.record)

    def kernel(self) -> str:
        """The release and build of the kernel."""
        return _build(self.record)


def _joined(parts: Sequence[Dict[str, Figure]]) -> Dict[str, Figure]:
    """Joins the figures of several runs: each sample is the median of a run."""
    joined: Dict[str, Figure] = {}
    for name, first in parts[0].items():
        all_of = [part[name] for part in parts if name in part]
        if len(all_of) < len(parts):
            continue
        figure = Figure(name, first.unit, first.better, [median(f.values) for f in all_of],
                        curve=first.curve, at=first.at,
                        steps=[step for f in all_of for step in f.steps])
        if first.all:
            figure.all = Distribution()
            for one in all_of:
                if one.all:
                    figure.all.merge(one.all)
        if first.profile:
            figure.profile = Profile()
            for one in all_of:
                if one.profile:
                    figure.profile.merge(one.profile)
        joined[name] = figure
    return joined


def _bad(result: Json) -> List[str]:
    """The points of a result whose figures are not used: those that failed, or all if the program
    failed as a whole or the kernel complained."""
    more = beyond(result)
    if not result["points"] or (more and not more.known):
        return [name for name in (result["name"], *(p["name"] for p in result["points"]))
                if result["verdict"] not in ("pass", "skip")]
    return [p["name"] for p in result["points"] if p["verdict"] not in ("pass", "skip")]


def _build(record: Json) -> str:
    kernel = record.get("kernel") or {}
    return f"{kernel.get('release', '?')} {kernel.get('version', '')}".strip()


def _build_id(record: Json) -> str:
    """The build id; empty where an older record has none."""
    return str((record.get("kernel") or {}).get("build_id") or "")


def _alike_within(side: Side) -> None:
    """Raises Refused when the runs of a side have different clocks or kernels."""
    for (record, _), folder in zip(side.runs, side.folders):
        if instructions(record) != side.instructions:
            raise Refused(f"{clean(folder)} counts instructions, or takes the time, unlike the "
                          f"others of {clean(side.label)}")
        ids = {_build_id(record), _build_id(side.record)} - {""}
        if _build(record) != side.kernel() or len(ids) > 1:
            builds = [f"{_build(one)} {_build_id(one) if len(ids) > 1 else ''}".strip()
                      for one in (record, side.record)]
            raise Refused(f"{clean(folder)} was made on another kernel ({clean(builds[0])}) "
                          f"than the others of {clean(side.label)} ({clean(builds[1])})")


def of_folders(label: str, folders: Sequence[str]) -> Side:
    """The side of these runs. Raises Refused."""
    side = Side(label, [load(folder) for folder in folders], list(folders))
    for (record, results), folder in zip(side.runs, folders):
        if record.get("kind") != "load":
            raise Refused(f"{clean(folder)} has no figures: it was not made by perf")
        side.failed |= {name.partition("#")[0] for result in results for name in _bad(result)}
    _alike_within(side)
    parts = [figures(results) for _, results in side.runs]
    side.figures = {name: figure for name, figure
                    in (_joined(parts) if side.several else parts[0]).items()
                    if name.partition(" ")[0] not in side.failed}
    if not side.figures:
        raise Refused(f"there are no figures in {', '.join(map(clean, folders))}")
    return side


def find(words: str, parent: str) -> Side:
    """The side named on a command line: runs, commas between them. Raises Refused."""
    return of_folders(words, [find_run(word, parent) for word in words.split(",")])


def _differs(before: Any, after: Any, key: str) -> bool:
    if key == "memory_kb" and isinstance(before, int) and isinstance(after, int):
        return abs(before - after) > _SAME_MEMORY * max(before, after)
    return bool(before != after)


def _short(value: Any) -> str:
    return clean(str(value), 80)


def _command_line(side: Side) -> str:
    """The kernel's command line, without the words that name its image."""
    kernel = side.record.get("kernel") or {}
    return " ".join(word for word in str(kernel.get("command_line", "")).split()
                    if not word.startswith(("BOOT_IMAGE=", "initrd=")))


def unlike(before: Side, after: Side) -> List[str]:
    """A line for each difference between the two machines or runs. Raises Refused where they
    cannot be compared."""
    if before.instructions != after.instructions:
        raise Refused("one side counts instructions, the other takes the time: that cannot be "
                      "compared")
    lines = []
    if _command_line(before) != _command_line(after):
        lines.append(f"not alike: kernel command line {_short(_command_line(before))} before, "
                     f"{_short(_command_line(after))} after")
    for what, key in _ALIKE:
        one, other = before.record.get(key), after.record.get(key)
        if _differs(one, other, key):
            lines.append(f"not alike: {what} {_short(one)} before, {_short(other)} after")
    if bool(before.record.get("lab")) != bool(after.record.get("lab")):
        lines.append("not alike: one side ran in a guest of the lab, the other did not")
    for side, word in ((before, "before"), (after, "after")):
        if any(record.get("interrupted") for record, _ in side.runs):
            lines.append(f"a run {word} was cut")
        lines += [f"of a run {word} something is lacking: {damage}"
                  for damage in (results.damage() for _, results in side.runs) if damage]
    return lines


def only_on(one: Side, other: Side) -> List[str]:
    """Names of the figures that one side has and the other lacks."""
    return [name for name in one.figures if name not in other.figures]


def failures(before: Side, after: Side) -> Optional[str]:
    """The points that failed, in one line."""
    failed = [f"{word}: {' '.join(sorted(side.failed))}"
              for side, word in ((before, "before"), (after, "after")) if side.failed]
    return f"failed, and are not compared: {'; '.join(failed)}" if failed else None
