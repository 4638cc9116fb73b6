# SPDX-License-Identifier: LGPL-2.1-or-later
"""The sources that promise the behaviour which a program checks, as readable text."""
from __future__ import annotations

from typing import Any, Dict, List

from .text import clean

# The text before and behind the value of each kind, and before and behind its comment.
_FORMS = {"commit": ("commit ", "", ' ("', '")'), "title": ('"', '"', ", ", ""),
          "lore": ("https://lore.kernel.org/r/", "", ' ("', '")'),
          "kselftest": ("kselftest ", "", ", ", ""), "ltp": ("LTP ", "", ", ", ""),
          "libhugetlbfs": ("libhugetlbfs ", "", ", ", "")}
_PLAIN = ("", "", ", ", "")


def texts(sources: List[Dict[str, str]]) -> List[str]:
    """A text for each source in the field `source` of --describe."""
    found = []
    for source in sources:
        before, behind, about, end = _FORMS.get(source["kind"], _PLAIN)
        text = f"{before}{source['value']}{behind}"
        found.append(text + (f"{about}{source['about']}{end}" if source.get("about") else ""))
    return found


def sources_text(result: Dict[str, Any]) -> str:
    """The sources in a result as one text; empty without any."""
    return clean("; ".join(texts(result.get("sources") or [])), 2000)
