# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the description of a program must be like."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from .schema import checker
from .text import NAME

if TYPE_CHECKING:
    from .programs import Program

# A shorter text would match many unrelated complaints.
LEAST_ALLOWED = 4
# The hugetlb sizes that a program runs with: every one, the one that a PMD maps, those that are too
# large for the page allocator, or none.
PAGE_SIZES = ("hugetlb", "pmd", "gigantic", "none")


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def invalid(text: Any, program: "Program") -> Optional[str]:
    """The error in a description; None if it is valid."""
    if not isinstance(text, dict):
        return "not a JSON object"
    if text.get("format") != 1:
        return "not of format 1"
    for key, word in (("name", program.name), ("area", program.area), ("kind", program.kind)):
        if text.get(key) != word:
            return f"{key} is {text.get(key)!r}, its place says {word!r}"
    if program.bits not in (None, text.get("bits")):
        return f"bits is {text.get('bits')!r}, its place says {program.bits}"
    cases = text.get("cases")
    if not isinstance(cases, list) or not cases:
        return "no cases"
    names = [case.get("name") if isinstance(case, dict) else None for case in cases]
    if not all(isinstance(name, str) and NAME.match(name) for name in names):
        return "a case without a name of a-z 0-9 _"
    if len(set(names)) != len(names):
        return "two cases of one name"
    seconds = text.get("seconds")
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not (
            0 < seconds <= 86400):
        return "seconds is not a number between 0 and 86400"
    if not _texts(text.get("needs")) or not _texts(text.get("log_allows")):
        return "needs and log_allows must be lists of texts"
    if not all(len(line.strip()) >= LEAST_ALLOWED for line in text["log_allows"]):
        return f"log_allows has a text of less than {LEAST_ALLOWED} characters: it allows too much"
    if text.get("page_sizes") not in PAGE_SIZES:
        return f"page_sizes is none of {', '.join(PAGE_SIZES)}"
    return checker("describe")(text)
