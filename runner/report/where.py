# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where the time of loads went, in reports, and as folded stacks."""
from __future__ import annotations

from functools import partial
from typing import Any, Dict, Iterable, Iterator, List

from ..figures import Figure, Figures, figures, median
from ..profiles import Profile
from ..text import clean, count, quantity
from .flame import flame

Json = Dict[str, Any]
# The functions of a figure that a report names, those that take most by themselves.
MOST_SHOWN = 6
MOST_ON_PAGE = 20
_EVENTS = {"cycles": "the processor's cycles", "cpu-clock": "the clock"}


def basis(profile: Profile) -> str:
    """`2410 samples by the clock`."""
    lost = f", {profile.lost} lost" if profile.lost else ""
    by = _EVENTS.get(profile.event, clean(profile.event, 40))
    return f"{count(profile.samples, 'sample')} by {by}{lost}"


def number(value: float) -> str:
    """Of events an operation."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def counted(profile: Profile) -> str:
    """`page faults 1, page allocations 513`."""
    return ", ".join(f"{clean(name, 60)} {number(value)}"
                     for name, value in profile.counters().items())


def rows(figure: Figure, by_instructions: bool, most: int) -> List[List[str]]:
    """Function, its share, its time an operation, and that with what it called."""
    profile, took = figure.profile, median(figure.values)
    if not profile or not profile.samples:
        return []
    below = profile.below()
    return [[clean(name, 100), f"{times / profile.samples:.1%}",
             quantity(took * times / profile.samples, figure.unit, by_instructions),
             quantity(took * below[name] / profile.samples, figure.unit, by_instructions)]
            for name, times in profile.own().most_common(most)]


def lines(numbers: Figures, by_instructions: bool) -> List[str]:
    """The lines of a report."""
    found = []
    for name, figure in numbers.found().items():
        shown = rows(figure, by_instructions, MOST_SHOWN)
        if figure.profile and shown:
            took = quantity(median(figure.values), figure.unit, by_instructions)
            found.append(f"  {clean(name, 100)}: {took} an operation, {basis(figure.profile)}")
            found += [f"    {share:>6} {own:>12}  {function}" for function, share, own, _ in shown]
            events = counted(figure.profile)
            found += [f"    an operation: {events}"] if events else []
    return found


def of_page(numbers: Figures, by_instructions: bool) -> List[Json]:
    """The same for the page, with flame graphs."""
    found = []
    for name, figure in numbers.found().items():
        if figure.profile and figure.profile.samples:
            took = median(figure.values)
            found.append({
                "name": name, "basis": basis(figure.profile), "events": counted(figure.profile),
                "took": quantity(took, figure.unit, by_instructions),
                "rows": rows(figure, by_instructions, MOST_ON_PAGE),
                "flame": flame(None, figure.profile, (took, took), partial(
                    quantity, unit=figure.unit, instructions=by_instructions))})
    return found


def folded(_run: Json, results: Iterable[Json]) -> Iterator[str]:
    """The stacks of all figures, one a line with the number of its samples, as tools for flame
    graphs read them; the outermost frame is the figure."""
    for name, figure in figures(results).items():
        if figure.profile:
            for line in figure.profile.folded(name):
                yield line + "\n"
