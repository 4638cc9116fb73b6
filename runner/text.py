# SPDX-License-Identifier: LGPL-2.1-or-later
"""Names of page sizes, and functions that make text safe to print."""
from __future__ import annotations

import re
from typing import Optional

NAME = re.compile(r"[a-z0-9_]+\Z")
# The name of a program, an area or a case.
MAX_NAME = 200
_SIZE = re.compile(r"([1-9][0-9]{0,15})([KMGT])I?B?\Z")
# Characters of which it has to be found out whether they can be printed: few of a long text.
_UNSURE = re.compile(r"[^\t\n -~]")
_UNITS = ("K", "M", "G", "T")


def size_name(kb: int) -> str:
    """2048 -> `2M`: the largest binary unit that divides the size."""
    unit = 0
    while unit + 1 < len(_UNITS) and kb and kb % 1024 == 0:
        kb //= 1024
        unit += 1
    return f"{kb}{_UNITS[unit]}"


def size_kb(text: str) -> Optional[int]:
    """`2M`, `2MB`, `2048K` -> 2048; None when it is not a page size."""
    match = _SIZE.match(text.upper())
    if not match:
        return None
    return int(match.group(1)) << (10 * _UNITS.index(match.group(2)))


def _shown(character: str) -> str:
    return character if character.isprintable() else (
        character.encode("unicode_escape").decode())


def clean(text: str, limit: int = 400) -> str:
    """Text as one printable line of at most `limit` characters."""
    if len(text) <= limit and text.isprintable():
        return text
    shown = "".join(map(_shown, text[:limit + 1]))
    return shown if len(shown) <= limit else shown[:limit - 3] + "..."


def printed(text: str) -> str:
    """Text with its blanks and tabs, without characters that XML cannot hold."""
    return _UNSURE.sub(lambda found: _shown(found.group()), text)


def decode(data: bytes) -> str:
    """Bytes of any content as text."""
    return data.decode("utf-8", "backslashreplace")


def first_line(data: bytes) -> str:
    """`: ` and the first line of a program's output; empty without output."""
    lines = decode(data[:4096]).strip().splitlines()
    return f": {lines[0]}" if lines else ""


def count(number: int, what: str) -> str:
    """`1 page`, `2 pages`."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def milliseconds(value: float) -> str:
    """A duration for people."""
    return f"{value / 1000:.1f} s" if value >= 10000 else f"{value:.1f} ms"


_TIMES = ((1e9, "s"), (1e6, "ms"), (1e3, "us"))


def quantity(value: float, unit: str, instructions: bool = False) -> str:
    """`71.6 us`, `4,099 MB/s`; counted instructions, which stand as ns, as `71600 instr`."""
    if unit == "ns" and instructions:
        return f"{value:.0f} instr" if value < 1e6 else f"{value / 1e6:.4g} M instr"
    if unit == "ns":
        for size, name in _TIMES:
            if value >= size:
                return f"{value / size:.3g} {name}"
        return f"{value:.3g} ns"
    return f"{value:,.0f} {unit}" if value >= 1000 else f"{value:.4g} {unit}"
