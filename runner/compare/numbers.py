# SPDX-License-Identifier: LGPL-2.1-or-later
"""The numbers of a verdict as readable text."""
from __future__ import annotations

import math

from .verdict import Verdict


def percent(ratio: float) -> str:
    """`+4.8 %`."""
    return f"{100 * (ratio - 1):+.1f} %" if math.isfinite(ratio) else "unknown"


def change(verdict: Verdict) -> str:
    """`+4.8 %`, with the sign of the number, whether larger is better or worse."""
    return percent(verdict.ratio)


def interval(verdict: Verdict) -> str:
    """`+4.1 to +5.5 %`."""
    if not math.isfinite(verdict.high):
        return "unknown"
    return f"{100 * (verdict.low - 1):+.1f} to {100 * (verdict.high - 1):+.1f} %"
