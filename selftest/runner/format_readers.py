# SPDX-License-Identifier: LGPL-2.1-or-later
"""Readers of other tools' formats, which follow the rules of those tools: each returns the names
that it finds, in order, with the state that its tool takes them for."""
from __future__ import annotations

import re
from typing import Dict, List, Tuple

Found = List[Tuple[str, str]]


def avocado(text: str, column: int) -> Dict[int, Dict[str, int]]:
    """avocado's test of libhugetlbfs: the numbers of the summary in two columns, for 32 and
    64 bits."""
    found: Dict[int, Dict[str, int]] = {32: {}, 64: {}}
    inside = False
    for line in text.splitlines():
        if line == "********** TEST SUMMARY":
            inside = True
        elif line == "**********":
            inside = False
        elif inside and ":" in line:
            row, numbers = line.split(":")
            for bits, number in zip((32, 64), numbers.split()[column:column + 2]):
                found[bits][row.lstrip("* ")] = int(number)
    return found


def libhugetlbfs(text: str) -> Found:
    """The lines that fleets look for in the output of libhugetlbfs's tests."""
    return re.findall(r"^(\S.* \(\S+: (?:32|64)\)):\t([A-Z]+)(?:\t.*)?$", text, re.M)
