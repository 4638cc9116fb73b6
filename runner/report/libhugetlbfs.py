# SPDX-License-Identifier: LGPL-2.1-or-later
"""A run in the format of libhugetlbfs's tests: `name (2M: 64):<TAB>PASS`."""
from __future__ import annotations

import os
import struct
from typing import Any, Dict

from ..text import clean, size_name
from .tally import items_of

_WORDS = {"pass": "PASS", "skip": "SKIPPED", "disturbed": "SKIPPED", "unknown": "FAIL",
          "broken": "FAIL", "fail": "FAIL", "leak": "FAIL",
          "timeout": "FAIL", "crash": "FAIL", "kernel": "FAIL", "panic": "FAIL"}


def lines(result: Dict[str, Any]) -> str:
    """The lines of one run of a program; without a page size that of base pages is shown."""
    size = result.get("page_size") or size_name(os.sysconf("SC_PAGESIZE") // 1024)
    bits = 32 if str(result.get("name")).endswith("32bit") else struct.calcsize("P") * 8
    text = ""
    for item in items_of(result):
        name = clean(item.name.rpartition("@")[0] or item.name, 2000)
        text += f"{name} ({clean(size)}: {bits}):\t{_WORDS[item.verdict]}"
        if item.verdict != "pass":
            text += f"\t{clean(item.reason or item.verdict, 500)}"
        text += "\n"
    return text
