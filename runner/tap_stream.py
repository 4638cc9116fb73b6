# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads a program's TAP as it comes, however much of it there is.

Lines are recognised by tap.parser, one at a time, so that memory stays bounded
and a progress line can follow. The YAML blocks are read here: a program writes
one JSON value a line, for which a YAML parser is a hundred times too slow.
"""
from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Optional, Set

from .text import NAME, clean, decode

MAX_LINE = 1024 * 1024
MAX_BLOCK = 2 * 1024 * 1024
MAX_POINTS = 4096
_BEGIN = re.compile(r"\s+---\s*\Z")
_END = re.compile(r"\s+\.\.\.\s*\Z")


@dataclass
class Point:
    """One case's result as the program printed it."""

    name: str
    ok: bool
    skip: Optional[str] = None
    diagnostics: Dict[str, Any] = field(default_factory=dict)


@dataclass
class Tap:
    """What a program's output said; `problems` is what was wrong with it."""

    plan: Optional[int] = None
    skip: Optional[str] = None
    bail: Optional[str] = None
    points: List[Point] = field(default_factory=list)
    problems: List[str] = field(default_factory=list)
    more_problems: int = 0

    def problem(self, text: str) -> None:
        """Notes what is wrong; the first few are enough to see it."""
        if len(self.problems) < 3:
            self.problems.append(clean(text, 200))
        else:
            self.more_problems += 1


def _no_constant(name: str) -> None:
    raise ValueError(name)


def block_values(lines: List[str]) -> Optional[Dict[str, Any]]:
    """The map in a YAML block's lines; None when it is not one."""
    values: Dict[str, Any] = {}
    try:
        for line in lines:
            key, colon, value = line.strip().partition(":")
            if not colon:
                return None
            values[key] = json.loads(value, parse_constant=_no_constant)
        return values
    except (ValueError, RecursionError):
        return _yaml_values(lines)


def _yaml_values(lines: List[str]) -> Optional[Dict[str, Any]]:
    """A block written by hand, in YAML that is not JSON."""
    import yaml  # type: ignore[import]
    text = "\n".join(lines)
    try:
        # A few aliases can stand for more than there is memory.
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text)):
            return None
        values = yaml.safe_load(text)
        json.dumps(values, allow_nan=False)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        return None
    return values if isinstance(values, dict) else None


class TapReader:
    """feed() bytes as they come, then finish()."""

    def __init__(self, on_point: Optional[Callable[[Point], None]] = None) -> None:
        from tap.parser import Parser  # type: ignore[import]
        self.tap = Tap()
        self._parse_line = Parser().parse_line
        self._on_point = on_point
        self._rest = b""
        self._skipping = False
        self._block: Optional[List[str]] = None
        self._block_size = 0
        self._names: Set[str] = set()
        self._after_point = False

    def feed(self, data: bytes) -> None:
        """Takes the next bytes of the output."""
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            if self._skipping:
                self._skipping = False
            else:
                self._line(line)
        if len(self._rest) > MAX_LINE:
            if not self._skipping:
                self.tap.problem(f"a line of more than {MAX_LINE // 1024} KB of output")
            self._rest, self._skipping = b"", True

    def finish(self) -> Tap:
        """The end of the output."""
        if self._rest and not self._skipping:
            self._line(self._rest)
        self._rest = b""
        if self._block is not None:
            self.tap.problem("the output ends inside a YAML block")
        return self.tap

    def _line(self, raw: bytes) -> None:
        if raw.startswith(b"#") or self.tap.bail is not None:
            return
        line = decode(raw).rstrip()
        if self._block is not None:
            self._block_line(line)
        elif self._after_point and _BEGIN.match(line):
            self._block, self._block_size = [], 0
            self._after_point = False
        elif line:
            self._after_point = False
            self._statement(line)

    def _block_line(self, line: str) -> None:
        assert self._block is not None
        if _END.match(line):
            point = self.tap.points[-1]
            values = block_values(self._block)
            if values is None:
                self.tap.problem(f"the YAML block of {point.name} is not a map of values")
            else:
                point.diagnostics = values
            self._block = None
        elif not line.startswith((" ", "\t")):
            self.tap.problem(f"the YAML block of {self.tap.points[-1].name} has no end")
            self._block = None
            self._statement(line)
        else:
            self._block_size += len(line)
            if self._block_size <= MAX_BLOCK:
                self._block.append(line)

    def _statement(self, line: str) -> None:
        try:
            parsed = self._parse_line(line)
        except ValueError as error:
            self.tap.problem(str(error))
            return
        kind = parsed.category
        if kind == "test":
            self._result(parsed, line)
        elif kind == "plan":
            if self.tap.plan is not None:
                self.tap.problem("a second plan")
            self.tap.plan = parsed.expected_tests
            if parsed.skip or parsed.expected_tests == 0:
                self.tap.skip = clean(parsed.directive.reason or "no reason given")
        elif kind == "bail":
            self.tap.bail = clean(parsed.reason or "no reason given")
        elif kind == "unknown":
            self.tap.problem(f"not TAP: {line}")

    def _result(self, parsed: Any, line: str) -> None:
        points, name = self.tap.points, parsed.description
        name = name[2:].strip() if name.startswith("- ") else name
        if len(points) >= MAX_POINTS:
            self.tap.problem(f"more than {MAX_POINTS} points")
            return
        if not NAME.match(name):
            self.tap.problem(f"a point without a name of a-z 0-9 _: {line}")
            return
        if name in self._names:
            self.tap.problem(f"point {name} twice")
            return
        if parsed.number != len(points) + 1:
            self.tap.problem(f"point {name} has number {parsed.number}, not {len(points) + 1}")
        self._names.add(name)
        skip = clean(parsed.directive.reason or "no reason given") if parsed.skip else None
        points.append(Point(name, parsed.ok, skip))
        self._after_point = True
        if self._on_point:
            self._on_point(points[-1])
