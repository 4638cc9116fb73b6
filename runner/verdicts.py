# SPDX-License-Identifier: LGPL-2.1-or-later
"""The verdicts and their order."""
from __future__ import annotations

from typing import Iterable

ORDER = ("pass", "skip", "disturbed", "unknown", "broken", "fail", "leak", "timeout", "crash",
         "kernel", "panic")
RANK = {word: rank for rank, word in enumerate(ORDER)}
# Verdicts that accuse the kernel, and verdicts that are no judgement of it.
ACCUSING = frozenset(ORDER[5:])
UNJUDGED = frozenset(("disturbed", "unknown", "broken"))
# Verdicts that a known issue can explain.
BAD = ACCUSING | {"broken"}
# All verdicts except pass and skip.
NOT_WELL = ACCUSING | UNJUDGED


def worst(words: Iterable[str]) -> str:
    """The worst of the verdicts; `pass` when there are none."""
    return max(words, key=RANK.__getitem__, default="pass")
