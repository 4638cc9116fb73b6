# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads what the entries of lists that people write have in common: texts, and the kernels to which
an entry applies. Errors are ValueError, with a text for the person."""
from __future__ import annotations

import re
from typing import Any, Dict, Iterable, Tuple

from .kernels import Distribution, Range, parse

_DISTRIBUTION = frozenset(("release", "id", "version", "since", "fixed"))


def texts(entry: Dict[str, Any], key: str, least: int = 0) -> Tuple[str, ...]:
    """The value of that key: a list of at least so many texts; by default an empty one."""
    value = entry.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise ValueError(f"{key} is not a list of texts")
    if len(value) < least:
        raise ValueError(f"{key} must name something")
    return tuple(value)


def word(entry: Dict[str, Any], key: str, needed: bool = True) -> str:
    """The text of that key; empty if it is missing and not needed."""
    value = entry.get(key, None if needed else "")
    if not isinstance(value, str) or (not value and key in entry) or (needed and not value):
        raise ValueError(f"{key} is missing" if key not in entry else f"{key} is not a text")
    return value


def object_of(value: Any, what: str, keys: Iterable[str]) -> Dict[str, Any]:
    """The value as an object that has no other keys than these."""
    if not isinstance(value, dict):
        raise ValueError(f"{what} is not an object")
    for key in value:
        if key not in keys:
            raise ValueError(f"{what} has no {key}")
    return value


def _distribution(value: Any) -> Distribution:
    entry = object_of(value, "distributions: an entry", _DISTRIBUTION)
    found = Distribution(word(entry, "release"), *(
        word(entry, key, False) for key in ("id", "version", "since", "fixed")))
    for key in ("since", "fixed"):
        if key in entry and not re.match(r"\d", entry[key]):
            raise ValueError(f"distributions: {key}: {entry[key]} is no release")
    return found


def kernel_range(entry: Dict[str, Any]) -> Range:
    """The kernels that `since`, `fixed` and `distributions` describe."""
    since = word(entry, "since", False)
    distributions = entry.get("distributions", [])
    if not isinstance(distributions, list):
        raise ValueError("distributions is not a list")
    return Range(parse(since, first=True) if since else None,
                 tuple(map(parse, texts(entry, "fixed"))),
                 tuple(map(_distribution, distributions)))
