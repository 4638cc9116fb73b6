# SPDX-License-Identifier: LGPL-2.1-or-later
"""The comparison in a terminal."""
from __future__ import annotations

import sys
from typing import Any, List, Sequence

from ..figures import median
from ..text import clean, quantity
from .numbers import change, interval
from .sides import Side
from .verdict import WORDS, Verdict

_STYLES = {"slower": "bold red", "faster": "bold green", "unclear": "yellow", "same": ""}
# The width where the output is not a terminal.
WIDTH = 160


def counts(verdicts: Sequence[Verdict]) -> str:
    """`1 slower, 0 faster, 3 unclear, 40 same`."""
    return ", ".join(f"{sum(v.word == word for v in verdicts)} {word}" for word in WORDS)


def show(before: Side, after: Side, verdicts: Sequence[Verdict], notes: List[str],
         every: bool) -> None:
    """Prints the comparison: first the notes, then the figures that changed, or with `every` all
    figures."""
    from rich.console import Console  # type: ignore[import]
    from rich.table import Table  # type: ignore[import]
    from rich.text import Text  # type: ignore[import]
    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False, emoji=False)
    for side, word in ((before, "before"), (after, "after ")):
        console.print(f"{word}: {clean(side.label)}: {clean(side.kernel())}", markup=False)
    for note in notes:
        console.print(f"note: {clean(note, 1000)}", markup=False, style="yellow")
    shown = [v for word in WORDS for v in verdicts
             if v.word == word and (every or word in ("slower", "faster"))]
    if shown:
        table = Table(box=None, pad_edge=False)
        for title in ("verdict", "figure"):
            table.add_column(title, overflow="fold")
        for title in ("before", "after", "change", "95 % interval", "p", "samples"):
            table.add_column(title, justify="right", no_wrap=True)
        for verdict in shown:
            table.add_row(
                f"[{_STYLES[verdict.word]}]{verdict.word}[/]" if _STYLES[verdict.word]
                else verdict.word, Text(clean(verdict.name, 300)),
                *_sides(verdict, before.instructions and after.instructions), change(verdict),
                interval(verdict), f"{verdict.p_holm:.2g}",
                f"{len(verdict.before.values)}+{len(verdict.after.values)}")
        console.print(table)
    console.print(counts(verdicts), markup=False)


def _sides(verdict: Verdict, instructions: bool) -> List[Any]:
    from rich.text import Text
    return [Text(clean(quantity(median(side.values), verdict.unit, instructions)))
            for side in (verdict.before, verdict.after)]
