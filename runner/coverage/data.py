# SPDX-License-Identifier: LGPL-2.1-or-later
"""The file coverage.json of a run: it is written when the guest has ended, read, and added up."""
from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Sequence, Set

from ..errors import Refused, why
from ..reading import load_run
from ..record import write_whole
from ..schema import checker
from ..text import clean
from . import outside
from .counts import Counts, of_ranges, ranges
from .gcov import Reader
from .inside import FOLDER

FORMAT = 1
FILE = "coverage.json"
Json = Dict[str, Any]


@dataclass
class Coverage:
    """The coverage of runs on one build. `programs`: name -> source file -> the lines that the
    program reached; the boot counts as a program."""

    build: str
    source: str
    release: str
    runs: List[str] = field(default_factory=list)
    files: Dict[str, Counts] = field(default_factory=dict)
    programs: Dict[str, Dict[str, Set[int]]] = field(default_factory=dict)

    def add_program(self, name: str, counts: Dict[str, Counts]) -> None:
        """Adds the counts of a program."""
        reached = self.programs.setdefault(name, {})
        for path, found in counts.items():
            self.files.setdefault(path, Counts()).add(found)
            reached.setdefault(path, set()).update(found.hit())

    def add(self, other: "Coverage") -> None:
        """Adds other runs. Raises Refused when they ran on another build, which has other
        lines."""
        if other.build != self.build:
            raise Refused(f"{clean(', '.join(other.runs))} ran on another build of the kernel "
                          f"({clean(other.build)}) than {clean(', '.join(self.runs))} "
                          f"({clean(self.build)}): their lines cannot be added up")
        self.runs += [run for run in other.runs if run not in self.runs]
        for path, found in other.files.items():
            self.files.setdefault(path, Counts()).add(found)
        for name, files in other.programs.items():
            reached = self.programs.setdefault(name, {})
            for path, lines in files.items():
                reached.setdefault(path, set()).update(lines)

    def who(self, path: str, first: int, last: int) -> List[str]:
        """The programs that reached one of these lines."""
        return sorted(name for name, files in self.programs.items()
                      if any(first <= line <= last for line in files.get(path, ())))

    def as_json(self) -> Json:
        """The form in coverage.json (doc/formats.md)."""
        return {"format": FORMAT, "runs": self.runs,
                "kernel": {"build": self.build, "source": self.source, "release": self.release},
                "files": {path: self.files[path].as_json() for path in sorted(self.files)},
                "programs": {name: {path: ranges(lines)
                                    for path, lines in sorted(self.programs[name].items())
                                    if lines}
                             for name in sorted(self.programs)}}

    @classmethod
    def of_json(cls, value: Json) -> "Coverage":
        """The coverage that as_json() returned as JSON."""
        kernel = value["kernel"]
        return cls(kernel["build"], kernel["source"], kernel["release"], list(value["runs"]),
                   {path: Counts.of_json(one) for path, one in value["files"].items()},
                   {name: {path: of_ranges(lines) for path, lines in files.items()}
                    for name, files in value["programs"].items()})


def load(path: str) -> Coverage:
    """The coverage of a run's folder, or of a file. Raises Refused."""
    if os.path.isdir(path):
        path = os.path.join(path, FOLDER, FILE)
    try:
        with open(path, encoding="utf-8") as file:
            value = json.load(file)
    except OSError as error:
        raise Refused(f"no coverage in {clean(path)}: {why(error)} (lab run --coverage makes "
                      "it)") from None
    except ValueError:
        raise Refused(f"{clean(path)} is not JSON") from None
    wrong = checker("coverage")(value)
    if wrong:
        raise Refused(f"{clean(path)} {wrong}")
    try:
        return Coverage.of_json(value)
    except ValueError:
        raise Refused(f"{clean(path)}: a line that is no number") from None


def together(paths: Sequence[str]) -> Coverage:
    """The sum of several. Raises Refused."""
    found: Optional[Coverage] = None
    for path in paths:
        one = load(path)
        if found is None:
            found = one
        else:
            found.add(one)
    assert found is not None
    return found


def save(coverage: Coverage, path: str) -> None:
    """Writes coverage.json. Raises Refused."""
    try:
        write_whole(path, json.dumps(coverage.as_json(), separators=(",", ":")) + "\n")
    except OSError as error:
        raise Refused(f"cannot write {clean(path)}: {why(error)}") from None


def finish(run: str, build: str, source: str, files: Sequence[str]) -> Optional[Coverage]:
    """Adds the counters that the guests of a run saved to the run's coverage.json, and removes
    them. `build`: the folder of the kernel's build. Returns None without any counters. Raises
    Refused."""
    record = load_run(run)
    raw = outside.kept(run, record["plan"])
    path = os.path.join(run, FOLDER, FILE)
    if not raw:
        return load(path) if os.path.exists(path) else None
    coverage = load(path) if os.path.exists(path) else Coverage(
        os.path.basename(os.path.dirname(build)), source, record["kernel"]["release"],
        [os.path.basename(os.path.abspath(run))])
    reader = Reader(build, files)
    try:
        for name, kept in raw:
            coverage.add_program(name, reader.read(outside.unpacked(kept)))
    finally:
        reader.close()
    save(coverage, path)
    # Only files that were read are removed: a run that is active adds more.
    for _, kept in raw:
        os.unlink(kept)
    return coverage
