# SPDX-License-Identifier: LGPL-2.1-or-later
"""Plans a run: the programs, page sizes and cases."""
from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import Dict, Iterator, List, Optional, Sequence, Tuple

from . import invoked
from .errors import Refused
from .patterns import Pattern, split_place
from .programs import BUILDS, Program
from .scale import Scale
from .sizes import applies
from .text import clean, size_kb

GIGANTIC_SECONDS_PER_GB = 10.0
# The time for clearing and copying in each case (case_limit_ns in lib/frame/supervise.c).
CASE_SECONDS_PER_GB = 5.0
# How often a disturbed case is tried at its full length (HP_TRIES); only short cases are tried more
# often.
TRIES = 3
# The time of a program besides its cases: for its start, and for ending what cases left.
BASE_SECONDS = 10.0
# The scale makes no limit longer than this (HP_MOST_SECONDS).
MOST_SECONDS = 600.0
# The default duration of a race and of a load (HP_RACE_SECONDS, HP_LOAD_SECONDS), and how many such
# durations a case of a load may take (HP_LOAD_TIMES).
LASTS = {"race": (10.0, 1), "load": (0.25, 10)}
# The same for a load that is asked for an open loop as well (HP_LOAD_TIMES_OPEN).
OPEN_TIMES = 50


@dataclass
class Planned:
    """One run of a program. `verdict` is set when it is known without running it. `seconds` is the
    duration of a race or load; `repeat` numbers the runs of a load from 1. `spared`: the cases
    that were asked for and are skipped because of damage (damage.py), with the reasons. `scaled`:
    the parameter that has another value in other repeats."""

    program: Program
    size: Optional[str]
    cases: List[str]
    verdict: Optional[str] = None
    reason: Optional[str] = None
    seconds: Optional[float] = None
    repeat: int = 1
    params: Dict[str, str] = field(default_factory=dict)
    spared: Dict[str, str] = field(default_factory=dict)
    scaled: Dict[str, str] = field(default_factory=dict)

    def has(self, param: str) -> bool:
        """True when the program has that parameter."""
        return any(each.get("name") == param for each in self.program.params)

    def vary(self, scale: Optional[Scale]) -> None:
        """Gives it the value of its repeat."""
        self.scaled = scale.at(self.repeat) if scale and self.has(scale.key) else {}

    @property
    def place(self) -> str:
        """`@size`, `@size-32bit`, `@32bit` or nothing; `#2` behind it the second time."""
        build = BUILDS[self.program.bits]
        return "@" * bool(self.size or build) + "-".join(filter(None, (self.size, build))) + (
            f"#{self.repeat}" if self.repeat > 1 else "")

    def point(self, case: str) -> str:
        """The name of the point of a case: `area/name.case@size`."""
        return f"{self.program.full_name}.{case}{self.place}"

    @property
    def name(self) -> str:
        """`area/name@size`."""
        return self.program.full_name + self.place

    @property
    def all_cases(self) -> bool:
        """True when all cases of the program are planned."""
        return len(self.cases) == len(self.program.cases)

    @property
    def asked(self) -> List[str]:
        """The cases that were asked for, including spared ones."""
        return [case for case in self.program.cases
                if case in self.cases or case in self.spared]

    def narrow(self, cases: Dict[str, List[str]]) -> "Planned":
        """Restricts the run to the cases that a record names for it, if it names any. The program
        must have been described."""
        chosen = cases.get(self.name, list(self.program.cases))
        self.cases = [case for case in self.program.cases if case in chosen]
        return self

    @property
    def _gb(self) -> float:
        """The page size in GB for large pages, else 0."""
        kb = size_kb(self.size) if self.size else None
        return kb / (1 << 20) if kb and kb >= 1 << 19 else 0.0

    def case_s(self, scale: float) -> float:
        """The time limit of a case in seconds, computed as the program itself does."""
        seconds, lasts = self.program.seconds + CASE_SECONDS_PER_GB * self._gb, 0.0
        if self.program.kind in LASTS:
            each, times = LASTS[self.program.kind]
            if self.has("rate") and {**self.params, **self.scaled}.get("rate", "0") != "0":
                times = OPEN_TIMES
            lasts = times * (self.seconds or each)
        return min((seconds + lasts) * scale, max(seconds, MOST_SECONDS) + lasts)

    def _beside_s(self, scale: float) -> float:
        """The time of the program besides its cases, in seconds."""
        seconds = BASE_SECONDS + GIGANTIC_SECONDS_PER_GB * self.program.pages * self._gb
        return min(seconds * scale, max(seconds, MOST_SECONDS))

    def one_case_s(self, scale: float) -> float:
        """The time limit of a run of one case, with all its tries, in seconds."""
        return TRIES * self.case_s(scale) + self._beside_s(scale)

    def quiet_s(self, scale: float) -> float:
        """The time for which it may print nothing, in seconds: it reports the end of each case,
        and of each try."""
        return self.case_s(scale) + self._beside_s(scale)

    def limit_s(self, scale: float) -> float:
        """The time limit of the whole run, with all tries of all cases, in seconds."""
        return TRIES * len(self.cases) * self.case_s(scale) + self._beside_s(scale)

    def argv(self, seed: int, verbose: bool = False) -> List[str]:
        """The program's command line."""
        argv = [self.program.path, "--seed", str(seed)]
        if self.size:
            argv += ["--page-size", self.size]
        if self.seconds:
            argv += ["--seconds", f"{self.seconds:g}"]
        for key, value in {**self.params, **self.scaled}.items():
            if self.has(key):
                argv += ["--param", f"{key}={value}"]
        if not self.all_cases:
            for case in self.cases:
                argv += ["--case", case]
        return argv + (["--verbose"] if verbose else [])


def order_of(name: str) -> Tuple[int, str, int, int]:
    """What sorts the names of runs of programs in the order of a plan."""
    once, _, repeat = name.partition("#")
    full, _, place = once.partition("@")
    size, bits = split_place(place)
    return int(repeat) if repeat.isdigit() else 1, full, bits or 0, size_kb(size) or 0


def again(name: str, programs: Sequence[Program]) -> Planned:
    """The run of that name in a record, with all cases. Its program may not be described yet.
    Raises Refused when the program does not exist any more."""
    once, _, repeat = name.partition("#")
    full, _, place = once.partition("@")
    size, bits = split_place(place)
    for program in programs:
        if (program.full_name, program.bits) == (full, bits):
            return Planned(program, size or None, list(program.cases),
                           repeat=int(repeat) if repeat.isdigit() else 1)
    raise Refused(f"the run planned {clean(name)}, which is not there any more")


def _chosen_cases(program: Program, size: Optional[str], default: bool,
                  patterns: Sequence[Pattern], used: Dict[str, bool]) -> Optional[List[str]]:
    """The cases that are selected for one size; None when the program is not selected for it."""
    if not patterns:
        return list(program.cases) if default else None
    chosen = []
    for pattern in patterns:
        cases = pattern.selected(program) if (
            pattern.size == size or pattern.size is None and default) else None
        if cases is not None:
            used[pattern.text] = True
            chosen.append(cases)
    return _merged(program, chosen) if chosen else None


def _merged(program: Program, chosen: Sequence[Sequence[str]]) -> List[str]:
    """The cases in any of these lists, in the program's order."""
    return [case for case in program.cases if any(case in cases for cases in chosen)]


def _unsuitable(program: Program, size: str, chosen: Sequence[Sequence[str]]) -> Planned:
    """The skip of these cases, which do not run with pages of this size. The reasons are those of
    applies()."""
    which = "pages of another size"
    if program.page_sizes == "pmd":
        which = "pages that a PMD maps"
    elif program.bits == 32 and (size_kb(size) or 0) >= 1 << 20:
        which = "pages of less than 1 GB in 32 bits"
    elif program.page_sizes == "gigantic":
        which = "gigantic pages"
    return Planned(program, size, _merged(program, chosen), "skip",
                   f"needs {which}: name such a size, or all, with --page-size")


def _skips(programs: Sequence[Program], patterns: Sequence[Pattern],
           sizes: Sequence[str]) -> Iterator[Planned]:
    """The skips of what these patterns select, one for each program and size."""
    for program in programs:
        found: Dict[str, List[List[str]]] = {}
        for pattern in patterns:
            cases = pattern.selected(program) if program.sized else None
            if cases is not None:
                for size in [pattern.size] if pattern.size else sizes:
                    found.setdefault(size, []).append(cases)
        for size, chosen in found.items():
            yield _unsuitable(program, size, chosen)


def make(programs: Sequence[Program], patterns: Sequence[Pattern], areas: Sequence[str],
         sizes: Sequence[str], as_listed: bool = False) -> List[Planned]:
    """The planned combinations of programs and page sizes, in the order of names and sizes, or
    with `as_listed` in that of the patterns.

    Raises Refused for a pattern or an area that selects nothing. What does not run with these sizes
    is skipped where something else runs; with `as_listed` it is left out.
    """
    there = {program.area for program in programs}
    for area in areas:
        if area not in there:
            raise Refused(f"no area {clean(area)}: there are {', '.join(sorted(there))}")
    inside = [program for program in programs if not areas or program.area in areas]
    used = {pattern.text: False for pattern in patterns}
    extra = [p.size for p in patterns if p.size and p.size not in sizes]
    every = sorted({*sizes, *extra}, key=lambda size: size_kb(size) or 0)
    plan: List[Planned] = []
    for program in inside:
        choices: List[Tuple[Optional[str], bool]] = [(None, True)]
        if program.sized and every:
            choices = [(size, size in sizes) for size in every if applies(program, size)]
        for size, default in choices:
            cases = _chosen_cases(program, size, default, patterns, used)
            if cases is not None:
                plan.append(Planned(program, size, cases))
    unused = [pattern for pattern in patterns if not used[pattern.text]]
    for pattern in unused:
        if all(pattern.selected(one) is None for one in programs):
            raise Refused(f"nothing is named {clean(pattern.text)} ("
                          f"{invoked.command('list')} shows the names)")
        named = [one for one in inside if pattern.selected(one) is not None]
        if not as_listed and not named:
            raise Refused(f"{clean(pattern.text)} is in none of these areas: {', '.join(areas)}")
        if not as_listed and not (plan and any(one.sized for one in named)):
            raise Refused(f"{clean(pattern.text)} does not run with pages of {', '.join(sizes)} "
                          "(--page-size all takes every size there is)")
    if not as_listed:
        plan += _skips(inside, unused, sizes)
        order = {id(program): at for at, program in enumerate(programs)}
        plan.sort(key=lambda one: (order[id(one.program)], size_kb(one.size or "") or 0))
    if not plan:
        raise Refused(f"nothing is selected ({invoked.command('list')} shows the names)")
    if as_listed and patterns:
        plan.sort(key=lambda planned: next(
            at for at, pattern in enumerate(patterns)
            if pattern.selected(planned.program) is not None))
    return plan


def repeated(plan: Sequence[Planned], times: int, scale: Optional[Scale] = None) -> List[Planned]:
    """The whole plan repeated, so that changes of the machine's load over time affect all programs
    alike. With a scale each time once for each value; programs without that parameter run with
    the first."""
    values = len(scale.values) if scale else 1
    return [replace(planned, repeat=number) for number in range(1, times * values + 1)
            for planned in plan
            if number % values == 1 % values or (scale and planned.has(scale.key))]


def settle(plan: Sequence[Planned], allow_poison: bool, sizes: Sequence[str]) -> None:
    """Sets the verdicts of runs that are known without running the program."""
    for planned in plan:
        program = planned.program
        if program.broken:
            planned.verdict, planned.reason = "broken", program.broken
        elif program.unfit:
            planned.verdict, planned.reason = "skip", program.unfit
        elif program.sized and not sizes:
            planned.verdict = "skip"
            planned.reason = ("needs huge pages, this kernel has none: boot one with "
                              "CONFIG_HUGETLBFS, or run it in the lab")
        elif program.spoils and not os.environ.get("HUGEPROOF_LAB"):
            planned.verdict = "skip"
            planned.reason = "leaves a kernel that cannot be trusted any more: run it in the lab"
        elif program.poisons and not allow_poison:
            planned.verdict = "skip"
            planned.reason = ("poisons real memory: run it in the lab, or allow it with "
                              "--allow-poison")


def needs(plan: Sequence[Planned]) -> Dict[str, List[int]]:
    """Pages of each size that the runs still to be made need."""
    found: Dict[str, List[int]] = {}
    for planned in plan:
        if planned.size and planned.verdict is None and planned.program.pages:
            found.setdefault(planned.size, []).append(planned.program.pages)
    return found
