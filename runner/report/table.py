# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is seen while a run goes on: a live table on a terminal, lines in a pipe."""
from __future__ import annotations

import os
import sys
import time
from typing import Any, Callable, Dict, Optional, TextIO

from ..tap_stream import Point
from ..text import clean
from .tally import Item, items_of

_COLOURS = {"pass": "32", "skip": "33", "known": "33", "disturbed": "33"}
Json = Dict[str, Any]


def milliseconds(value: float) -> str:
    """A duration for people."""
    return f"{value / 1000:.1f} s" if value >= 10000 else f"{value:.1f} ms"


def item_line(item: Item) -> str:
    """A line of the plain format: verdict, name, time or reason."""
    word = "known" if item.state == "known" else item.verdict
    text = f"{word:7} {item.name}"
    if item.point and item.verdict == "pass":
        took = item.point["diagnostics"].get("duration_ms")
        text += f"  {milliseconds(took)}" if isinstance(took, (int, float)) else ""
    if item.known:
        text += f"  [{item.known}]"
    return text + (f"  {clean(item.reason, 1000)}" if item.reason else "")


def plain(result: Json) -> str:
    """The lines of one run of a program."""
    return "".join(item_line(item) + "\n" for item in items_of(result))


def _row(result: Json, colour: bool) -> str:
    bad = [item for item in items_of(result)
           if item.state not in ("passed", "skipped", "known")]
    word = "known" if result.get("known") else result["verdict"]
    shown = f"\033[{_COLOURS.get(word, '31')}m{word:7}\033[0m" if colour else f"{word:7}"
    good = sum(point["verdict"] == "pass" for point in result["points"])
    cases = f"{good}/{len(result['points'])}" if result["points"] else "-"
    text = f"{shown} {result['name']:40} {cases:>6} {milliseconds(result['duration_ms']):>10}\n"
    if bad:
        text += "".join(f"        {item.name}: {clean(item.reason or '', 1000)}\n" for item in bad)
    elif result["verdict"] == "skip" and result.get("reason"):
        text += f"        {clean(result['reason'], 1000)}\n"
    return text


class Reporter:
    """Prints as the run goes. A reader that goes away stops the printing, not the run."""

    def __init__(self, form: str, stream: Optional[TextIO] = None) -> None:
        self.form = form
        self.stream = stream or sys.stdout
        self.live = form == "table" and self.stream.isatty()
        self.colour = self.live and "NO_COLOR" not in os.environ
        self.lines = 0
        self._status = ""
        self._began = 0.0
        self._formats: Dict[str, Callable[[Json], str]] = {"plain": plain}
        if form == "libhugetlbfs":
            from . import libhugetlbfs
            self._formats[form] = libhugetlbfs.lines
        elif form == "tap":
            from . import tap
            self._formats[form] = self._tap_lines
            self._tap = tap
            self._put(tap.HEAD)

    def _tap_lines(self, result: Json) -> str:
        text, self.lines = self._tap.lines(result, self.lines)
        return text

    def _put(self, text: str) -> None:
        try:
            self.stream.write(text)
            self.stream.flush()
        except BrokenPipeError:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, self.stream.fileno())
            os.close(null)

    def note(self, text: str) -> None:
        """Something to know beside the results."""
        self.clear()
        print(f"run_tests.py: {clean(text, 1000)}", file=sys.stderr)

    def running(self, name: str, number: int, total: int) -> None:
        """A program begins."""
        if self.live:
            self._status = f"[{number}/{total}] {name}"
            self._began = time.monotonic()
            self._put(f"\r\033[K{self._status}")

    def point(self, point: Point) -> None:
        """A point of the running program came."""
        if self.live:
            seconds = time.monotonic() - self._began
            self._put(f"\r\033[K{self._status}.{point.name}  {seconds:.1f} s")

    def clear(self) -> None:
        """Takes the progress line away."""
        if self.live and self._status:
            self._put("\r\033[K")
            self._status = ""

    def result(self, result: Json) -> None:
        """A program's run was judged."""
        self.clear()
        if self.form == "table":
            self._put(_row(result, self.colour))
        else:
            self._put(self._formats[self.form](result))

    def end(self, summary: str) -> None:
        """The run is over."""
        if self.form == "tap":
            from .tap import comment
            self._put(f"1..{self.lines}\n" + comment(summary))
        else:
            self._put(summary)
