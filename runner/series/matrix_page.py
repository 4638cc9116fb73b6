# SPDX-License-Identifier: LGPL-2.1-or-later
"""Points by kernel as one HTML page."""
from __future__ import annotations

from typing import Any, Dict, Iterator

from ..report.page import pieces
from .grid import Cell, Grid, Row

_GOOD, _DOUBT = ("pass",), ("skip", "known", "disturbed")


def _look(word: str) -> str:
    return "good" if word in _GOOD else "doubt" if word in _DOUBT else "bad"


def _cell(cell: Cell) -> Dict[str, str]:
    worst = cell.worst
    return {"text": cell.text, "mark": cell.mark, "look": _look(worst.word) if worst else "faint",
            "why": worst.known or worst.reason if worst else ""}


def _row(row: Row) -> Dict[str, Any]:
    return {"name": row.name, "differs": row.differs, "reason": row.reason,
            "cells": [_cell(cell) for cell in row.cells]}


def page(grid: Grid) -> Iterator[str]:
    """The HTML text, piece by piece. Raises Refused without jinja2."""
    return pieces("matrix.html", {
        "columns": [{"title": column.title, "build": column.build,
                     "runs": ", ".join(run.name for run in column.runs),
                     "missing": sum(len(run.missing) for run in column.runs),
                     "complete": all(run.counts.complete for run in column.runs)}
                    for column in grid.columns],
        "counts": [(word, _look(word), numbers) for word, numbers in grid.counts()],
        "known": list(grid.known().items()),
        "times": [("all", [f"{column.seconds():.1f}" for column in grid.columns])]
        + [(area, [f"{column.seconds(area):.1f}" for column in grid.columns])
           for area in grid.areas()],
        "differing": sum(row.differs for row in grid.rows), "all": len(grid.rows),
        "rows": map(_row, grid.rows)})
