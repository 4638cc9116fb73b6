# SPDX-License-Identifier: LGPL-2.1-or-later
"""The coverage of a source file by lines, branches and functions."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, Iterable, List, Set, Tuple

Json = Dict[str, Any]


@dataclass
class Function:
    """The place of a function, and how often it was entered."""

    line: int
    end: int
    count: int = 0


@dataclass
class Counts:
    """The counts of a source file: executions by line, taken branches by line, functions by name.
    Lines without code are not included."""

    lines: Dict[int, int] = field(default_factory=dict)
    branches: Dict[int, List[int]] = field(default_factory=dict)
    functions: Dict[str, Function] = field(default_factory=dict)

    def add(self, other: "Counts") -> None:
        """Adds the counts of another run of the same build."""
        for line, number in other.lines.items():
            self.lines[line] = self.lines.get(line, 0) + number
        for line, numbers in other.branches.items():
            mine = self.branches.get(line, [])
            longer, shorter = (mine, numbers) if len(mine) >= len(numbers) else (numbers, mine)
            self.branches[line] = [one + (shorter[at] if at < len(shorter) else 0)
                                   for at, one in enumerate(longer)]
        for name, function in other.functions.items():
            known = self.functions.setdefault(name, Function(function.line, function.end))
            known.count += function.count

    def hit(self) -> Set[int]:
        """The lines that were executed."""
        return {line for line, number in self.lines.items() if number}

    def within(self, names: Iterable[str]) -> "Counts":
        """The counts of these functions only."""
        found = Counts(functions={name: self.functions[name] for name in names
                                  if name in self.functions})
        inside = {line for function in found.functions.values()
                  for line in range(function.line, function.end + 1)}
        found.lines = {line: n for line, n in self.lines.items() if line in inside}
        found.branches = {line: n for line, n in self.branches.items() if line in inside}
        return found

    def without(self, names: Iterable[str]) -> "Counts":
        """The counts without those of these functions."""
        apart = self.within(names)
        return Counts({line: n for line, n in self.lines.items() if line not in apart.lines},
                      {line: n for line, n in self.branches.items() if line not in apart.branches},
                      {name: function for name, function in self.functions.items()
                       if name not in apart.functions})

    def summary(self) -> Dict[str, Tuple[int, int]]:
        """The numbers of lines, branches and functions that were executed, and of all."""
        taken = [number for numbers in self.branches.values() for number in numbers]
        entered = [function.count for function in self.functions.values()]
        return {"lines": (len(self.hit()), len(self.lines)),
                "branches": (sum(map(bool, taken)), len(taken)),
                "functions": (sum(map(bool, entered)), len(entered))}

    def unreached(self) -> List[str]:
        """The functions that were not entered, in the order of the file."""
        return sorted((name for name, function in self.functions.items() if not function.count),
                      key=lambda name: self.functions[name].line)

    def as_json(self) -> Json:
        """The form in coverage.json."""
        return {"summary": {what: {"hit": hit, "of": of}
                            for what, (hit, of) in self.summary().items()},
                "lines": {str(line): self.lines[line] for line in sorted(self.lines)},
                "branches": {str(line): self.branches[line] for line in sorted(self.branches)},
                "functions": {name: {"line": function.line, "end": function.end,
                                     "count": function.count}
                              for name, function in sorted(self.functions.items())}}

    @classmethod
    def of_json(cls, value: Json) -> "Counts":
        """The counts that as_json() returned as JSON."""
        return cls({int(line): number for line, number in value["lines"].items()},
                   {int(line): list(numbers) for line, numbers in value["branches"].items()},
                   {name: Function(one["line"], one["end"], one["count"])
                    for name, one in value["functions"].items()})


def ranges(lines: Iterable[int]) -> str:
    """{3, 4, 5, 9} -> `3-5,9`."""
    found: List[List[int]] = []
    for line in sorted(lines):
        if found and line == found[-1][1] + 1:
            found[-1][1] = line
        else:
            found.append([line, line])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in found)


def of_ranges(text: str) -> Set[int]:
    """The lines in a text of ranges()."""
    found: Set[int] = set()
    for word in filter(None, text.split(",")):
        first, _, last = word.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found
