# SPDX-License-Identifier: LGPL-2.1-or-later
"""The output during a run: a live table on a terminal, plain lines elsewhere."""
from __future__ import annotations

import os
import sys
import time
from typing import Any, Callable, Dict, List, Optional, TextIO

from ..output import say
from ..sources import sources_text
from ..tap_stream import Point
from ..text import clean, milliseconds, printed
from . import libhugetlbfs, tap
from .exports import WHOLE, Record
from .tally import Item, items_of

_COLOURS = {"pass": "32", "skip": "33", "known": "33", "disturbed": "33"}
Json = Dict[str, Any]


def item_line(item: Item) -> str:
    """A line of the plain format: verdict, name, time or reason."""
    word = "known" if item.state == "known" else item.verdict
    text = f"{word:7} {item.name}"
    if item.point and item.verdict == "pass":
        took = item.point["diagnostics"].get("duration_ms")
        text += f"  {milliseconds(took)}" if isinstance(took, (int, float)) else ""
    if item.known:
        text += f"  [{clean(item.known, 200)}]"
    return text + (f"  {clean(item.reason, 1000)}" if item.reason else "")


def plain(result: Json) -> str:
    """The lines of one run of a program."""
    found = list(items_of(result))
    lines = [item_line(item) for item in found]
    return "".join(line + "\n" for line in lines + _promise(result, found))


def _promise(result: Json, found: List[Item]) -> List[str]:
    """The sources of the behaviour that the failed items violate."""
    return [f"        source: {sources_text(result)}"] if sources_text(result) and any(
        item.state == "failed" for item in found) else []


def _row(result: Json, colour: bool) -> str:
    bad = [item for item in items_of(result)
           if item.state not in ("passed", "skipped", "known")]
    word = "known" if result.get("known") else result["verdict"]
    good = sum(point["verdict"] == "pass" for point in result["points"])
    cases = f"{good}/{len(result['points'])}" if result["points"] else "-"
    text = f"{word:7} {result['name']:40} {cases:>6} {milliseconds(result['duration_ms']):>10}\n"
    if bad:
        text += "".join(f"        {item.name}: {clean(item.reason or '', 1000)}\n" for item in bad)
        text += "".join(line + "\n" for line in _promise(result, bad))
    elif result["verdict"] == "skip" and result.get("reason"):
        text += f"        {clean(result['reason'], 1000)}\n"
    text = printed(text)
    return f"\033[{_COLOURS.get(word, '31')}m{text[:7]}\033[0m{text[7:]}" if colour else text


class Reporter:
    """Prints the progress of a run. Without a reader the run goes on (output.py)."""

    def __init__(self, form: str, stream: Optional[TextIO] = None) -> None:
        self.form = form
        self.stream = stream or sys.stdout
        self.live = form == "table" and self.stream.isatty()
        self.colour = self.live and "NO_COLOR" not in os.environ
        self.lines = 0
        self._status = ""
        self._began = 0.0
        self._formats: Dict[str, Callable[[Json], str]] = {
            "plain": plain, "libhugetlbfs": libhugetlbfs.lines, **{
                name: lambda result: "" for name in WHOLE}}
        if form == "tap":
            self._formats[form] = self._tap_lines
            self._put(tap.HEAD)

    def _tap_lines(self, result: Json) -> str:
        text, self.lines = tap.lines(result, self.lines)
        return text

    def _put(self, text: str) -> None:
        """Prints plain text."""
        self._draw(printed(text))

    def _draw(self, text: str) -> None:
        """Prints text with control sequences for the cursor and colours."""
        self.stream.write(text)
        self.stream.flush()

    def note(self, text: str) -> None:
        """Prints a note."""
        self.clear()
        say(text)

    def running(self, name: str, number: int, total: int) -> None:
        """A program begins."""
        if self.live:
            self._status = f"[{number}/{total}] {name}"
            self._began = time.monotonic()
            self._draw(f"\r\033[K{self._status}")

    def point(self, point: Point) -> None:
        """A point of the running program came."""
        if self.live:
            seconds = time.monotonic() - self._began
            self._draw(f"\r\033[K{self._status}.{point.name}  {seconds:.1f} s")

    def clear(self) -> None:
        """Removes the progress line."""
        if self.live and self._status:
            self._draw("\r\033[K")
            self._status = ""

    def result(self, result: Json) -> None:
        """A program's run was judged."""
        self.clear()
        if self.form == "table":
            self._draw(_row(result, self.colour))
        else:
            self._put(self._formats[self.form](result))

    def end(self, summary: str, record: Record) -> None:
        """The run is over."""
        if self.form in WHOLE:
            for piece in WHOLE[self.form](record):
                self.stream.write(piece)
            self.stream.flush()
            self.note(summary.splitlines()[-1])
        elif self.form == "tap":
            text, total = tap.of_run(record.run, self.lines)
            self._put(f"{text}1..{total}\n" + tap.comment(summary))
        elif self.form == "libhugetlbfs":
            self._put(libhugetlbfs.end(record.run, record.results) + summary)
        else:
            self._put(summary)
