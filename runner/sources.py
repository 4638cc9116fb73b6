# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where the behaviour that a program checks is promised, in words for people."""
from __future__ import annotations

from typing import Any, Dict, List

from .text import clean

# What stands before and behind the value of a kind, and before and behind what about it.
_FORMS = {"commit": ("commit ", "", ' ("', '")'), "title": ('"', '"', ", ", ""),
          "lore": ("https://lore.kernel.org/r/", "", ' ("', '")'),
          "kselftest": ("kselftest ", "", ", ", ""), "ltp": ("LTP ", "", ", ", ""),
          "libhugetlbfs": ("libhugetlbfs ", "", ", ", "")}
_PLAIN = ("", "", ", ", "")


def texts(sources: List[Dict[str, str]]) -> List[str]:
    """A text for each, as programs put them into the `source` of --describe."""
    found = []
    for source in sources:
        before, behind, about, end = _FORMS.get(source["kind"], _PLAIN)
        text = f"{before}{source['value']}{behind}"
        found.append(text + (f"{about}{source['about']}{end}" if source.get("about") else ""))
    return found


def told(result: Dict[str, Any]) -> str:
    """Those of a line of results.jsonl in one text; empty where it has none."""
    return clean("; ".join(texts(result.get("sources") or [])), 2000)
