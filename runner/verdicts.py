# SPDX-License-Identifier: LGPL-2.1-or-later
"""The words of the verdicts, and their order."""
from __future__ import annotations

from typing import Iterable

ORDER = ("pass", "skip", "broken", "fail", "leak", "timeout", "crash", "kernel", "panic")
RANK = {word: rank for rank, word in enumerate(ORDER)}
BAD = frozenset(ORDER[2:])


def worst(words: Iterable[str]) -> str:
    """The worst of the verdicts; `pass` when there are none."""
    return max(words, key=RANK.__getitem__, default="pass")
