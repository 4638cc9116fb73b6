# SPDX-License-Identifier: LGPL-2.1-or-later
"""Parses a program's TAP as it comes, in bounded memory.

tap.parser parses one line at a time, so that a progress line can be kept up to date. The YAML
blocks are parsed by diagnostics.py.
"""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Optional

from .diagnostics import MAX_KEYS, MAX_POINT, Blocks
from .text import MAX_NAME, NAME, clean, count, decode

MAX_LINE = 1024 * 1024
MAX_POINTS = 4096
_BEGIN = re.compile(r"\s+---\s*\Z")
_END = re.compile(r"\s+\.\.\.\s*\Z")
# tap.parser accepts `okay` as a point, `1..3 or so` and `1..03` as a plan, digits of every script
# as a number, and `SKIPfoo` as SKIP.
_SKIP = re.compile(r"SKIP:?(\s|\Z)", re.IGNORECASE)
_PLAN = re.compile(r"1\.\.(0|[1-9][0-9]*)\s*(#.*)?\Z", re.ASCII)
_POINT = re.compile(r"(not )?ok( +(?P<number>\S*)|\Z)", re.ASCII)
_VERSIONS = ("TAP version 13", "TAP version 14")


@dataclass
class Point:
    """The result of a case as the program printed it. `directive` is a directive other than SKIP;
    a point with one is not a result."""

    name: str
    ok: bool
    skip: Optional[str] = None
    directive: Optional[str] = None
    diagnostics: Dict[str, Any] = field(default_factory=dict)


@dataclass
class Tap:
    """The parsed output of a program; `problems` are its errors. `skip`: why the program as a whole
    is skipped; empty without a reason."""

    plan: Optional[int] = None
    skip: Optional[str] = None
    bail: Optional[str] = None
    points: List[Point] = field(default_factory=list)
    problems: List[str] = field(default_factory=list)
    more_problems: int = 0

    def problem(self, text: str) -> None:
        """Notes an error; only the first few are kept."""
        if len(self.problems) < 3:
            self.problems.append(clean(text, 200))
        else:
            self.more_problems += 1


class TapReader:
    """A parser: call feed() with bytes as they come, then finish()."""

    def __init__(self, on_point: Optional[Callable[[Point], None]] = None) -> None:
        from tap.parser import Parser  # type: ignore[import]
        self.tap = Tap()
        self._parse_line = Parser().parse_line
        self._on_point = on_point
        self._rest = b""
        self._skipping = False
        self._block: Optional[List[str]] = None
        self._block_size = self._left_out = 0
        self._blocks = Blocks()
        self._names: Dict[str, Point] = {}
        self._after_point = False
        self._begun = self._closed = self._spoke_after_bail = False

    def feed(self, data: bytes) -> None:
        """Parses the next bytes of the output."""
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            if self._skipping:
                self._skipping = False
            elif len(line) > MAX_LINE:
                self._long()
            else:
                self._line(line)
        if len(self._rest) > MAX_LINE:
            if not self._skipping:
                self._long()
            self._rest, self._skipping = b"", True

    def _long(self) -> None:
        self.tap.problem(f"a line of more than {MAX_LINE // 1024} KB of output")

    def finish(self, cut: bool = False) -> Tap:
        """Ends the output. `cut`: the program was ended in the middle of it, so that an incomplete
        line is no error, and is ignored."""
        if self._rest and not self._skipping and not cut:
            self._line(self._rest)
        self._rest = b""
        if self._block is not None and not cut:
            self.tap.problem("the output ends inside a YAML block")
        return self.tap

    def _line(self, raw: bytes) -> None:
        if raw.startswith(b"#"):
            return
        line = decode(raw).rstrip()
        if self.tap.bail is not None:
            if line and not self._spoke_after_bail:
                self.tap.problem(f"goes on after it has bailed out: {line}")
                self._spoke_after_bail = True
        elif self._block is not None:
            self._block_line(line)
        elif self._after_point and _BEGIN.match(line):
            self._block, self._block_size, self._left_out = [], 0, 0
            self._after_point = False
        elif line:
            self._after_point = False
            self._statement(line)

    def _block_line(self, line: str) -> None:
        assert self._block is not None
        if _END.match(line):
            point = self.tap.points[-1]
            values, wrong = self._blocks.read(self._block, self._left_out)
            if values is None:
                self.tap.problem(f"the YAML block of {point.name} {wrong}")
            else:
                point.diagnostics = values
            self._block = None
        elif not line.startswith((" ", "\t")):
            self.tap.problem(f"the YAML block of {self.tap.points[-1].name} has no end")
            self._block = None
            self._statement(line)
        else:
            self._block_size += len(line)
            if self._block_size <= MAX_POINT and len(self._block) < MAX_KEYS:
                self._block.append(line)
            else:
                self._left_out += len(line)

    def _statement(self, line: str) -> None:
        try:
            parsed = self._parse_line(line)
        except ValueError as error:
            self.tap.problem(str(error))
            return
        kind, first = parsed.category, not self._begun
        self._begun = True
        point = _POINT.match(line)
        if kind == "test" and point:
            self._result(parsed, line, point["number"])
        elif kind == "plan" and _PLAN.match(line) and (
                not parsed.directive.text or _SKIP.match(parsed.directive.text)):
            self._plan(parsed)
        elif kind == "bail":
            self.tap.bail = clean(parsed.reason or "no reason given")
        elif kind == "version":
            if not first or line not in _VERSIONS:
                self.tap.problem(f"{line}, where the first line may be TAP version 13 or 14")
        else:
            self.tap.problem(f"not TAP: {line}")

    def _plan(self, parsed: Any) -> None:
        tap = self.tap
        if tap.plan is not None:
            tap.problem("a second plan")
        tap.plan = parsed.expected_tests
        self._closed = bool(tap.points)
        if tap.plan == 0:
            tap.skip = clean(parsed.directive.reason or "")
        elif parsed.skip:
            tap.problem(f"a plan that skips {count(parsed.expected_tests, 'point')}")

    def _directive(self, parsed: Any, name: str) -> Optional[str]:
        """The directive of a point, if it is another one than SKIP."""
        if _SKIP.match(parsed.directive.text):
            if not parsed.directive.reason:
                self.tap.problem(f"point {name} is skipped without a reason")
            if not parsed.ok:
                self.tap.problem(f"point {name} is skipped and not ok")
        elif parsed.directive.text:
            text = clean(f"# {parsed.directive.text}")
            self.tap.problem(f"point {name} with {text}, which is no SKIP")
            return text
        return None

    def _result(self, parsed: Any, line: str, number: Optional[str]) -> None:
        points, name = self.tap.points, parsed.description
        name = name[2:].strip() if name.startswith("- ") else name
        if len(points) >= MAX_POINTS:
            self.tap.problem(f"more than {MAX_POINTS} points")
            return
        if not NAME.match(name) or len(name) > MAX_NAME:
            self.tap.problem(f"a point without a name of a-z 0-9 _: {line}")
            return
        if name in self._names:
            self.tap.problem(f"point {name} twice")
            self._names[name].ok = self._names[name].ok and parsed.ok
            return
        if self._closed:
            self.tap.problem(f"point {name} after the plan that ends the output")
        if number != str(len(points) + 1):
            self.tap.problem(f"point {name} has number {number}, not {len(points) + 1}")
        directive, skip = self._directive(parsed, name), None
        if parsed.skip and not directive:
            skip = clean(parsed.directive.reason or "no reason given")
        points.append(Point(name, parsed.ok, skip, directive))
        self._names[name] = points[-1]
        self._after_point = True
        if self._on_point:
            self._on_point(points[-1])
