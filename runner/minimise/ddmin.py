# SPDX-License-Identifier: LGPL-2.1-or-later
"""Delta debugging: the smallest part of a list with which something still fails."""
from __future__ import annotations

from typing import Callable, List, Sequence, TypeVar

Item = TypeVar("Item")


def smallest(items: Sequence[Item], fails: Callable[[Sequence[Item]], bool],
             least: int = 1) -> List[Item]:
    """A part of `items`, in their order, of which none can be left out: at least `least` of them.
    `fails` says whether a part fails as well; it is not asked of the whole.

    This is ddmin without the tries of single pieces, except of the halves at the beginning: with
    few items they are seldom enough, and each costs as many tries as a rate needs.
    """
    left, pieces = list(items), 2
    while len(left) > least:
        pieces = min(pieces, len(left))
        cuts = [len(left) * at // pieces for at in range(pieces + 1)]
        ranges = list(zip(cuts, cuts[1:]))
        for first, last in ranges:
            rest = left[:first] + left[last:]
            if len(rest) >= least and fails(rest):
                left, pieces = rest, max(pieces - 1, 2)
                break
        else:
            if pieces >= len(left):
                break
            pieces = min(2 * pieces, len(left))
    return left


def lowest(values: Sequence[int], fails: Callable[[int], bool]) -> int:
    """The last of the descending `values` down to which all fail, beginning behind the first,
    which is known to fail."""
    found = values[0]
    for value in values[1:]:
        if not fails(value):
            break
        found = value
    return found


def first_of(values: Sequence[int], fails: Callable[[int], bool]) -> int:
    """The first of the ascending `values` that fails; the last is known to fail."""
    return next((value for value in values[:-1] if fails(value)), values[-1])
