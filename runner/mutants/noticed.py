# SPDX-License-Identifier: LGPL-2.1-or-later
"""A record of which programs noticed which faults, by which the programs that are likely to notice
a new one soon run first."""
from __future__ import annotations

import json
import os
from collections import Counter
from typing import Callable, Dict, Iterable, List, Sequence

from ..lab import cache
from .learned import program_of
from .mutant import Mutant

# The seconds for a boot and the start of a program, besides the program's own time.
BEGIN_SECONDS = 0.5


class Noticed:
    """How often each program noticed a fault in a source file, by the headers of mutants and by
    what was recorded on this machine."""

    def __init__(self, mutants: Iterable[Mutant] = ()) -> None:
        self.path = cache.folder("noticed.jsonl")
        self._by_file: Dict[str, "Counter[str]"] = {}
        for mutant in mutants:
            for word in {program_of(mutant.noticed_by.partition(",")[0]),
                         *(program_of(name) for name in mutant.caught_by)} - {""}:
                self._count(mutant.changes, word)
        for line in self._lines():
            try:
                found = json.loads(line)
                self._count(found["files"], str(found["by"]))
            except (ValueError, KeyError, TypeError):
                continue

    def _lines(self) -> List[str]:
        try:
            with open(self.path, encoding="utf-8") as file:
                return file.read().splitlines()
        except (OSError, UnicodeDecodeError):
            return []

    def _count(self, files: Iterable[str], program: str) -> None:
        for path in files:
            self._by_file.setdefault(path, Counter())[program] += 1

    def add(self, files: Iterable[str], item: str) -> None:
        """Records the program that noticed a fault first."""
        names = sorted(files)
        self._count(names, program_of(item))
        line = json.dumps({"files": names, "by": program_of(item)}) + "\n"
        fd = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            os.write(fd, line.encode())  # In one piece, because other processes append as well.
        finally:
            os.close(fd)

    def times(self, files: Iterable[str], program: str) -> int:
        """How often that program noticed a fault in these files."""
        return sum(self._by_file.get(path, Counter())[program] for path in files)

    def areas(self, files: Iterable[str]) -> List[str]:
        """The areas of all programs that noticed faults in these files."""
        return sorted({program.partition("/")[0] for path in files
                       for program in self._by_file.get(path, ())})

    def ordered(self, words: Sequence[str], files: Iterable[str],
                seconds: Callable[[str], float]) -> List[str]:
        """Programs or cases of them, ordered by the likelihood that they notice something per
        second; those that never did by their duration."""
        names = list(files)

        def rank(word: str) -> "tuple[float, float, str]":
            program = program_of(word)
            took = seconds(program) + BEGIN_SECONDS
            return -self.times(names, program) / took, took, word
        return sorted(dict.fromkeys(words), key=rank)
