# SPDX-License-Identifier: LGPL-2.1-or-later
"""The words of the verdicts, and their order."""
from __future__ import annotations

from typing import Iterable

ORDER = ("pass", "skip", "disturbed", "unknown", "broken", "fail", "leak", "timeout", "crash",
         "kernel", "panic")
RANK = {word: rank for rank, word in enumerate(ORDER)}
# Those that accuse the kernel, and those that say nothing of it although it was asked.
ACCUSING = frozenset(ORDER[5:])
UNJUDGED = frozenset(("disturbed", "unknown", "broken"))
# What a known issue can explain.
BAD = ACCUSING | {"broken"}
# All but what is well and what was not asked.
NOT_WELL = ACCUSING | UNJUDGED


def worst(words: Iterable[str]) -> str:
    """The worst of the verdicts; `pass` when there are none."""
    return max(words, key=RANK.__getitem__, default="pass")
