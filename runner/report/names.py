# SPDX-License-Identifier: LGPL-2.1-or-later
"""Names of items for formats that take fewer characters than `area/program.case@2M#3` has, or that
keep only one item of a name."""
from __future__ import annotations

import re
from typing import Dict, List, Tuple

from ..text import clean

_APART = re.compile(r"[/.@]")
_STRANGE = re.compile(r"[^A-Za-z0-9_-]+")


class Unique:
    """Numbers the names that came before: `x`, `x:2`, `x:3`, with another mark if one is given."""

    def __init__(self, mark: str = ":") -> None:
        self._mark = mark
        self._times: Dict[str, int] = {}

    def name(self, name: str) -> str:
        """The name, or a numbered one that did not come before."""
        again = name
        while again in self._times:
            self._times[name] += 1
            again = f"{name}{self._mark}{self._times[name]}"
        self._times[again] = 1
        return again


def parts(name: str) -> Tuple[List[str], str]:
    """The parts of a name, at least one, of letters, digits, `_` and `-` only, and the number of
    the repeat: `load/fork.a@2M#3` -> [load, fork, a, 2M], 3."""
    whole, _, repeat = name.partition("#")
    found = [_STRANGE.sub("_", part) for part in _APART.split(clean(whole, 2000))]
    return [part for part in found if part] or ["_"], _STRANGE.sub("_", repeat)


def dotted(name: str) -> str:
    """The parts of a name with dots between them, and without the repeat."""
    return ".".join(parts(name)[0])
