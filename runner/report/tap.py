# SPDX-License-Identifier: LGPL-2.1-or-later
"""A run as TAP version 13, which has everything needed here, and is the last that prove reads."""
from __future__ import annotations

import json
import re
from typing import Any, Dict, Iterable, Iterator, Optional, Tuple

from ..diagnostics import Unfit, tame
from ..reading import MAX_DEPTH
from ..text import clean, printed
from .tally import Item, items, items_of, items_of_run

HEAD = "TAP version 13\n"
# Keys that need no quotes; YAML parsers take some words for values of other types.
_KEY = re.compile(r"(?!(true|false|null|yes|no|on|off|[yn])\Z)[a-z][a-z0-9_]{0,79}\Z")
# YAML parsers accept no longer keys; escape sequences count as well.
_MAX_KEY = 160
Json = Dict[str, Any]


def comment(text: str) -> str:
    """Lines of text as TAP comments."""
    return "".join(f"# {line}\n" for line in printed(text).splitlines())


def _line(item: Item, number: int) -> str:
    failed = item.state not in ("passed", "skipped", "disturbed")
    # Readers look for a directive behind a #, which the name of a repeat (name#2) has.
    name = re.sub(r"#(?![0-9]+\Z)", r"\\x23", clean(item.name, 2000))
    text = f"{'not ok' if failed else 'ok'} {number} - {name}"
    reason = _reason(item.reason, 500)
    if item.state == "skipped":
        text += f" # SKIP {reason}"
    elif item.state == "disturbed":
        text += f" # SKIP disturbed: {reason}"
    elif item.state == "known":
        text += f" # TODO known issue {_reason(item.known, 100)}"
    values: Json = dict(item.point["diagnostics"]) if item.point else {}
    if item.verdict != "pass":
        values.update(verdict=item.verdict, reason=item.reason)
        if failed and item.result.get("sources"):
            values["sources"] = item.result["sources"]
    if not values:
        return text + "\n"
    block = "".join(f"  {_key(str(key))}: {_value(value)}\n" for key, value in values.items())
    return f"{text}\n  ---\n{block}  ...\n"


def _reason(text: Optional[str], limit: int) -> str:
    return clean(text or "", limit).replace("#", "\\#")


def _key(key: str) -> str:
    return key if _KEY.match(key) else json.dumps(clean(key, _MAX_KEY), ensure_ascii=False)


def _value(value: Any) -> str:
    """JSON in one line that is also YAML, in which surrogate pairs are two characters, and more
    characters end lines."""
    try:
        text = json.dumps(tame(value, MAX_DEPTH), ensure_ascii=False)
    except Unfit as unfit:
        text = json.dumps(f"left out: {unfit}")
    return text if text.isprintable() else "".join(map(_escaped, text))


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    return f"\\u{ord(character):04x}" if character < "\U00010000" else (
        f"\\\\U{ord(character):08x}")


def _numbered(found: Iterable[Item], number: int) -> Tuple[str, int]:
    text = ""
    for item in found:
        number += 1
        text += _line(item, number)
    return text, number


def lines(result: Json, number: int) -> Tuple[str, int]:
    """The points of one result, numbered from `number` on, and the last number."""
    return _numbered(items_of(result), number)


def of_run(run: Json, number: int) -> Tuple[str, int]:
    """The items about the run itself, numbered from `number` on, and the last number."""
    return _numbered(items_of_run(run), number)


def whole(run: Json, results: Iterable[Json], total: int) -> Iterator[str]:
    """The whole run, piece by piece; `total`: the number of items."""
    yield HEAD + f"1..{total}" + (" # SKIP nothing was run\n" if not total else "\n")
    for number, item in enumerate(items(run, results), 1):
        yield _line(item, number)
