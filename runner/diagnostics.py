# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads the YAML blocks of a program, and drops values that could stop a reader of the record.

A program writes one JSON value per line, which is parsed as JSON, because a YAML parser is a
hundred times slower; it is used only for small blocks that are not in this form. Values that are
not finite numbers, are nested too deeply, or exceed the limits are left out, and the key `dropped`
of the block says which and why.
"""
from __future__ import annotations

import json
import math
from typing import Any, Dict, List, Optional, Tuple

from .text import clean, count

# Limits in bytes of JSON, as it is recorded: for one point, and for all points of a program.
MAX_POINT = 2 << 20
MAX_PROGRAM = 6 << 20
# Lines in a block, each with a key: they are parsed in one go, during which signals wait.
MAX_KEYS = 4096
MAX_DEPTH = 16
MAX_NUMBER = 1 << 64
# Characters of YAML that is not JSON: in a block, and in all blocks of a program.
MAX_YAML = 4096
MAX_YAML_ALL = 16384
# How many of the values that were left out are named.
MAX_DROPPED = 5
# YAML parsers accept keys of at most 1024 bytes, escape sequences included.
MAX_KEY = 80
# The keys that decide the verdict are kept in any case.
_KINDS = 40
Values = Dict[str, Any]


class Unfit(ValueError):
    """A value that cannot be recorded; the text says why."""


def _whole(text: str) -> float:
    return int(text) if len(text) <= 21 else math.inf


_DECODER = json.JSONDecoder(parse_int=_whole, parse_constant=lambda _: math.nan)


def tame(value: Any, depth: int = MAX_DEPTH) -> Any:
    """A value of JSON whose texts can all be encoded in UTF-8. Raises Unfit."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode(
            "utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, (dict, list)):
        if not depth:
            raise Unfit(f"nested more than {MAX_DEPTH} deep")
        if isinstance(value, list):
            return [tame(item, depth - 1) for item in value]
        long = max(map(len, value), default=0)
        if long > MAX_KEY:
            raise Unfit(f"a key of {long} characters")
        return {tame(key): tame(item, depth - 1) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        raise Unfit("not a number" if math.isnan(value) else "a number too large")
    if isinstance(value, int) and abs(value) > MAX_NUMBER:
        raise Unfit("a number too large")
    return value


def _decoded(text: str) -> Any:
    """Parses JSON. Raises ValueError for text that is not JSON, and Unfit."""
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise Unfit(f"nested more than {MAX_DEPTH} deep") from None


def _spent(key: str, size: int, left: int) -> str:
    return (f"{clean(key, 100)}: {count(size, 'byte')}, and only {left} are left "
            f"of {MAX_PROGRAM >> 20} MB for all points")


def _pairs(lines: List[str], dropped: List[str], left: int) -> Optional[Values]:
    """The keys and values of lines that each have a key and a JSON value; None if some line has
    not. Values longer than the `left` bytes are not decoded, except possible kinds."""
    values: Values = {}
    for line in lines:
        line = line.strip()
        key, colon, text = line.partition(":")
        if colon and len(line) > max(left, 2 * _KINDS):
            dropped.append(_spent(key, len(line), left))
            continue
        try:
            if line.startswith('"'):
                pairs: Values = _decoded("{" + line + "}")
            elif colon:
                pairs = {key: _decoded(text.strip())}
            else:
                return None
            values.update(pairs)
        except Unfit as unfit:
            dropped.append(f"{clean(key, 100)}: {unfit}")
        except ValueError:
            return None
    return values


def _yaml(lines: List[str]) -> Optional[Values]:
    """Parses a block of YAML that is not JSON; None unless it is a map of values that JSON can
    hold."""
    import yaml  # type: ignore[import]
    text = "\n".join(lines)
    try:
        # A few aliases can expand to more than fits into memory.
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text)):
            return None
        # Keys are texts in the record, by which results are judged.
        values = json.loads(json.dumps(yaml.safe_load(text), allow_nan=False))
    except Exception:  # pylint: disable=broad-except
        # The library raises other errors for some input, such as IndexError for `!!int ""`.
        return None
    return values if isinstance(values, dict) else None


class Blocks:
    """Reads the blocks of one program."""

    def __init__(self) -> None:
        self._left = MAX_PROGRAM
        self._yaml_left = MAX_YAML_ALL

    def read(self, lines: List[str], left_out: int = 0) -> Tuple[Optional[Values], str]:
        """The map in the lines of a block, of which `left_out` bytes were not kept, and an empty
        text; or None and the error."""
        dropped: List[str] = []
        values = _pairs(lines, dropped, self._left)
        if values is None:
            size = sum(map(len, lines))
            if left_out or size > min(MAX_YAML, self._yaml_left):
                return None, f"is neither JSON nor short: {size + left_out} bytes of YAML"
            self._yaml_left -= size
            values = _yaml(lines)
            if values is None:
                return None, "is not a map of values"
        if left_out:
            dropped.append(f"{count(left_out, 'byte')} beyond {MAX_POINT >> 20} MB or {MAX_KEYS} "
                           "keys of a block")
        taken: Values = {}
        for key, value in values.items():
            self._take(taken, key, value, dropped)
        if dropped:
            more = len(dropped) - MAX_DROPPED
            taken["dropped"] = dropped[:MAX_DROPPED] + ([f"and {more} more"] if more > 0 else [])
        return taken, ""

    def _take(self, taken: Values, key: str, value: Any, dropped: List[str]) -> None:
        if len(key) > MAX_KEY:
            dropped.append(f"{clean(key, 40)}: a key of {len(key)} characters")
            return
        try:
            value = tame(value)
        except Unfit as unfit:
            dropped.append(f"{clean(key, 100)}: {unfit}")
            return
        size = len(key) + len(json.dumps(value)) + 6
        if size > self._left and not (key == "kind" and size < _KINDS):
            dropped.append(_spent(key, size, self._left))
            return
        self._left -= size
        taken[tame(key)] = value
