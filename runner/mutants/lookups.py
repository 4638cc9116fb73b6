# SPDX-License-Identifier: LGPL-2.1-or-later
"""What mutants are checked against: the suite's programs, the kernel's source, a compiler."""
from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Dict, Iterator, List, Optional, Sequence

from .. import invoked
from ..commands.common import default_scale
from ..errors import Refused
from ..lab import arch, cache, kernel, origin, source
from ..lab.patch import Unfit, Workshop, apply
from ..programs import Program, describe, find, programs_folder
from ..run import Signals
from ..text import clean
from .mutant import Mutant

# The words of scripts/new-test --mutant that a mutant must replace.
SKELETON = re.compile(r"\b(PROGRAM|CASE|FILE\.c|FUNCTION|CALL)\b")


@dataclass
class Found:
    """A mutant: what is wrong with it, what could not be checked, and what need not be."""

    mutant: Mutant
    wrong: List[str] = field(default_factory=list)
    unchecked: List[str] = field(default_factory=list)
    passed_over: List[str] = field(default_factory=list)

    @property
    def state(self) -> str:
        """One word."""
        return "wrong" if self.wrong else "unchecked" if self.unchecked else "right"

    def as_json(self) -> Dict[str, Any]:
        """For --json."""
        return {"name": self.mutant.full_name, "state": self.state, "wrong": self.wrong,
                "unchecked": self.unchecked, "passed_over": self.passed_over}


def words_of(mutant: Mutant) -> Iterator[str]:
    """The programs and cases that a header names, without those of the skeleton. A case that
    noticed may be named with its page size, as it is printed."""
    noticed = mutant.noticed_by.partition(",")[0].partition("@")[0].strip()
    for word in (*mutant.caught_by, noticed):
        if word and not SKELETON.search(word):
            yield word


class Names:
    """The programs and cases of the suite. `missing`: why they are not known."""

    def __init__(self, asked: Optional[str]) -> None:
        self.missing, self.folder = "", ""
        self.programs: List[Program] = []
        try:
            self.folder = programs_folder(asked)
            self.programs = find(self.folder, native=True)
        except Refused as refused:
            if asked:
                raise
            self.missing = str(refused)

    def ask(self, words: Sequence[str], signals: Signals) -> None:
        """Learns the cases of the programs that these words name."""
        wanted = {word.partition(".")[0] for word in words if "." in word}
        for program in self.programs:
            if any(fnmatchcase(program.full_name, one) for one in wanted):
                describe(program, signals, default_scale())

    def look_up(self, word: str, found: Found) -> None:
        """Adds what is wrong with a name."""
        name, _, case = word.partition(".")
        programs = [one for one in self.programs if fnmatchcase(one.full_name, name)]
        if not programs and os.path.isfile(os.path.join(self.folder, "tests", f"{name}.c")):
            found.unchecked.append(f"{name} is not built")
        elif not programs:
            found.wrong.append(f"no program is named {clean(word)}")
        elif case and not any(fnmatchcase(one, case) for program in programs
                              for one in program.cases):
            broken = [program for program in programs if program.broken]
            if broken:
                found.unchecked.append(f"{broken[0].full_name}: {broken[0].broken}")
            else:
                found.wrong.append(f"{clean(name)} has no case {clean(case)}"
                                   + _rows(programs, case))


def _rows(programs: Sequence[Program], case: str) -> str:
    """A remedy, where a case is named like the table of which it is made."""
    if any(one.startswith(case + "_") for program in programs for one in program.cases):
        return f" (but cases {clean(case)}_*)"
    return ""


class Source:
    """The kernel's source, in which patches are tried. `missing`: why there is none."""

    def __init__(self, word: Optional[str]) -> None:
        self.missing, self.spatch = "", ""
        self.found: Optional[source.Source] = None
        try:
            self.found = origin.of_word(word, False) if word else source.packaged(unpack=False)
            self.spatch = cache.need_tool("spatch")
        except Refused as refused:
            if word:
                raise
            self.missing = str(refused)
            return
        if self.found is None or not os.path.isdir(self.found.path):
            where = clean(self.found.path if self.found else cache.folder("source"))
            self.missing = (f"the kernel's source is not in {where}: `"
                            + invoked.command("lab build")
                            + (f" --source {clean(word)}" if word else "") + "` unpacks it there")

    def attempt(self, found: Found) -> None:
        """Adds what is wrong with a patch."""
        assert self.found is not None
        version, mutant = self.found.version, found.mutant
        if not mutant.is_of(version):
            bound, word = (mutant.since, "later") if mutant.since > version else (
                mutant.until, "earlier")
            found.passed_over.append(f"patch not tried: for Linux {bound[0]}.{bound[1]} and "
                                     f"{word}, and the source is {version[0]}.{version[1]}")
            return
        with tempfile.TemporaryDirectory(prefix="hugeproof-mutants-") as folder:
            for name in found.mutant.changes:
                try:
                    if not SKELETON.search(name):
                        apply(self.spatch, found.mutant.patch, name, self.found.path,
                              os.path.join(folder, name))
                except (Refused, Unfit) as unfit:
                    found.wrong.append(str(unfit))


class Compiler:
    """Compiles what patches change, beside the kernel that is built of the source. `missing`: why
    it cannot."""

    def __init__(self, found: Optional[source.Source], jobs: int) -> None:
        self.missing = ""
        self.workshop: Optional[Workshop] = None
        if os.geteuid():
            raise Refused("--compile needs root, for an overlay of the kernel's build")
        if found is None:
            self.missing = "there is no source"
            return
        tree = kernel.Tree(found, kernel.fragment_path(), arch.of_this_machine())
        if tree.ready():
            self.workshop = Workshop(tree, jobs)
        else:
            self.missing = f"its kernel is not built: `{invoked.command('lab build')}` builds it"

    def attempt(self, found: Found) -> None:
        """Adds what is wrong with the changed sources of a mutant whose patch is right."""
        assert self.workshop is not None
        patch = found.mutant.patch
        if not found.mutant.sources <= {self.workshop.tree.arch.source}:
            found.passed_over.append("not compiled: it changes code of another architecture")
            return
        if not any(name.endswith(".c") for name in patch.changes):
            found.passed_over.append("not compiled: it changes only headers")
            return
        try:
            self.workshop.compile(patch)
        except (Refused, Unfit) as unfit:
            found.wrong.append(str(unfit))
        finally:
            self.workshop.discard(patch)

    def close(self) -> None:
        """Removes the copies."""
        if self.workshop:
            self.workshop.close()
