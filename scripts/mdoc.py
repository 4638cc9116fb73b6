# SPDX-License-Identifier: LGPL-2.1-or-later
"""Text of manual pages, such that mandoc's lint has nothing to say: lines of at most 80 characters,
and each sentence on a new one."""
from __future__ import annotations

import os
import re
import textwrap
from typing import Iterator

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OVERVIEW = os.path.join(TOP, "man", "hugeproof.1.in")
WIDTH = 72
_SENTENCE = re.compile(r"(?:(?<=[.!?])|(?<=[.!?][)\"'])|(?<=[.!?]\\fR))\s+")


def words(text: str) -> str:
    """Text that roff takes for nothing else."""
    return text.replace("\\", "\\e").replace("--", "\\-\\-")


def line(text: str) -> str:
    """The text, if it is a line of its own."""
    return "\\&" + text if text.startswith((".", "'")) else text


def filled(text: str) -> Iterator[str]:
    """The lines of a paragraph whose characters are escaped already."""
    for sentence in _SENTENCE.split(" ".join(text.split())):
        for one in textwrap.wrap(sentence, WIDTH, break_long_words=False, break_on_hyphens=False):
            yield line(one)


def paragraph(text: str) -> Iterator[str]:
    """The lines of a text."""
    return filled(words(text))


def date() -> str:
    """The date of all pages: that of hugeproof(1), which is written by hand."""
    with open(OVERVIEW, encoding="utf-8") as file:
        return next(one[len(".Dd "):].strip() for one in file if one.startswith(".Dd "))
