# SPDX-License-Identifier: LGPL-2.1-or-later
"""Points by kernel as Markdown, for a document or a mail."""
from __future__ import annotations

from typing import Iterator, List, Sequence

from ..text import clean
from .grid import Grid, Row

# Characters that would end a cell or its code, or be HTML.
_HARMLESS = str.maketrans({"\\": "&#92;", "|": "\\|", "<": "&lt;", "&": "&amp;"})


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(clean(cell).translate(_HARMLESS) for cell in cells) + " |\n"


def _code(text: str) -> str:
    return f"`{text.replace('`', chr(39))}`"


def _table(head: Sequence[str], rows: Iterator[List[str]]) -> Iterator[str]:
    yield _line(head)
    yield _line(["---", *["---:" for _ in head[1:]]])
    yield from map(_line, rows)
    yield "\n"


def markdown(grid: Grid, rows: Sequence[Row]) -> Iterator[str]:
    """The text, piece by piece: counts, known issues, skips by reason, times, and the rows."""
    titles = [column.title for column in grid.columns]
    yield from _table(["points", *titles],
                      ([word, *map(str, numbers)] for word, numbers in grid.counts()))
    known = grid.known()
    if known:
        yield from _table(["known issue (points)", *titles],
                          ([_code(identity), *cells] for identity, cells in known.items()))
    skipped = grid.skipped()
    if skipped:
        yield from _table(["skipped (points)", *titles],
                          ([reason, *cells] for reason, cells in skipped.items()))
    yield from _table(["seconds", *titles], iter(
        [["all", *(f"{column.seconds():.0f}" for column in grid.columns)]]
        + [[area, *(f"{column.seconds(area):.1f}" for column in grid.columns)]
           for area in grid.areas()]))
    if rows:
        yield from _table(["point", *titles], (
            [_code(row.name), *(cell.text + (f" ({cell.mark})" if cell.mark else "")
                                for cell in row.cells)] for row in rows))
