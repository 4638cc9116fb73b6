# SPDX-License-Identifier: LGPL-2.1-or-later
"""A run as TAP version 13: all that it needs of 14 is in 13, and prove reads no later one."""
from __future__ import annotations

import json
from typing import Any, Dict, Sequence, Tuple

from ..text import clean
from .tally import Item, items, items_of

HEAD = "TAP version 13\n"
Json = Dict[str, Any]


def comment(text: str) -> str:
    """Lines of text as TAP's notes."""
    return "".join(f"# {line}\n" for line in text.splitlines())


def _line(item: Item, number: int) -> str:
    failed = item.state not in ("passed", "skipped", "disturbed")
    text = f"{'not ok' if failed else 'ok'} {number} - {item.name}"
    reason = clean(item.reason or "", 500).replace("#", "\\#")
    if item.state == "skipped":
        text += f" # SKIP {reason}"
    elif item.state == "disturbed":
        text += f" # SKIP disturbed: {reason}"
    elif item.state == "known":
        text += f" # TODO known issue {clean(item.known or '', 100)}"
    values: Json = dict(item.point["diagnostics"]) if item.point else {}
    if item.verdict != "pass":
        values.update(verdict=item.verdict, reason=item.reason)
    if not values:
        return text + "\n"
    block = "".join(f"  {json.dumps(str(key)) if not str(key).isidentifier() else key}: "
                    f"{json.dumps(value)}\n" for key, value in values.items())
    return f"{text}\n  ---\n{block}  ...\n"


def lines(result: Json, number: int) -> Tuple[str, int]:
    """The points of one result, numbered on from `number`; and the last number."""
    text = ""
    for item in items_of(result):
        number += 1
        text += _line(item, number)
    return text, number


def whole(run: Json, results: Sequence[Json]) -> str:
    """The whole run."""
    found = items(run, results)
    text = HEAD + f"1..{len(found)}" + (" # SKIP nothing was run\n" if not found else "\n")
    return text + "".join(_line(item, number) for number, item in enumerate(found, 1))
