# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks mutants without building a kernel: their headers, the names in these, and what their
patches change in the source."""
from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Iterator, List, Optional, Sequence

from ..errors import Refused
from ..lab.options import of_words
from ..output import say
from ..run import Signals
from ..text import NAME, clean, count, size_kb
from ..watch.pipeline import Pipeline
from .lookups import SKELETON, Compiler, Found, Names, Source, words_of
from .mutant import WRONG_NAME, Mutant, examine

# What scripts/new-test --mutant writes, and its reader must replace.
_TO_FILL = {"Breaks": "what the patched kernel does wrong, in one sentence.",
            "Seen as": "the effect on a program, a counter or the kernel log."}


@dataclass(frozen=True)
class Wanted:
    """What is checked: mutants without their headers; and the folder of programs, and the kernel's
    source, if other than the usual ones."""

    mutants: Sequence[Mutant]
    programs: Optional[str] = None
    source: Optional[str] = None
    jobs: int = 1
    compiles: bool = False


def _unfilled(mutant: Mutant, text: str) -> List[str]:
    """The parts that are still those of the skeleton."""
    return [name for name, value in (("Breaks", mutant.breaks), ("Seen as", mutant.seen_as))
            if value == _TO_FILL[name]] + list(dict.fromkeys(SKELETON.findall(text)))


def _options(mutant: Mutant) -> Iterator[str]:
    """What is wrong with the guest and the page sizes that a mutant asks for."""
    try:
        of_words(mutant.guest, "Guest")
    except Refused as refused:
        yield str(refused)
    for size in filter(None, mutant.sizes.split(",")):
        if size_kb(size) is None:
            yield f"Sizes is a list such as 2M,1G, not {clean(mutant.sizes)}"


class Check:
    """The check of a number of mutants. Release with close()."""

    def __init__(self, wanted: Wanted, signals: Signals) -> None:
        self.wanted, self.signals = wanted, signals
        self.names, self.source = Names(wanted.programs), Source(wanted.source)
        self.compiler = Compiler(None if self.source.missing else self.source.found,
                                 wanted.jobs) if wanted.compiles else None

    def go(self) -> Iterator[Found]:
        """Checks each mutant. Asking programs ends all children of the runner, so that it comes
        before the first patch."""
        found = [self._header(mutant) for mutant in self.wanted.mutants]
        self.names.ask([word for one in found for word in words_of(one.mutant)], self.signals)
        pipeline = Pipeline(self.wanted.jobs, self.signals, self._named, self._patched)
        for _, one in pipeline.each(found):
            yield one

    def missing(self) -> List[str]:
        """What could not be checked of any mutant, and why."""
        return [f"{what} not checked: {why}" for what, why in (
            ("names of programs and cases", self.names.missing),
            ("patches", self.source.missing),
            ("compiling", self.compiler.missing if self.compiler else "")) if why]

    def close(self) -> None:
        """Removes what was compiled."""
        if self.compiler:
            self.compiler.close()

    @staticmethod
    def _header(bare: Mutant) -> Found:
        """Faults that the header alone shows."""
        if not NAME.match(bare.name):
            return Found(bare, [WRONG_NAME])
        try:
            mutant, wrong = examine(bare.path, bare.area, bare.name)
        except Refused as refused:
            return Found(bare, [str(refused)])
        with open(bare.path, encoding="utf-8") as file:
            unfilled = _unfilled(mutant, file.read())
        if unfilled:
            wrong.append(f"the skeleton is not filled in: {', '.join(unfilled)}")
        return Found(mutant, wrong + list(_options(mutant)))

    def _named(self, found: Found) -> Found:
        """Faults in the names of a header."""
        if self.names.missing:
            found.unchecked.append("names")
        else:
            for word in dict.fromkeys(words_of(found.mutant)):
                self.names.look_up(word, found)
        return found

    def _patched(self, found: Found, _: Found) -> Found:
        """Faults that the source shows."""
        if self.source.missing:
            found.unchecked.append("patch")
        else:
            self.source.attempt(found)
        if self.compiler and self.compiler.missing:
            found.unchecked.append("compiling")
        elif self.compiler and found.mutant.changes and not (found.wrong or found.passed_over):
            self.compiler.attempt(found)
        return found


def _row(width: int, one: Found) -> None:
    state = "WRONG" if one.wrong else one.state
    text = "; ".join(one.wrong or one.unchecked or one.passed_over)
    print(f"{one.mutant.full_name:{width}}  {state:9}  {clean(text, 1000)}".rstrip(), flush=True)


def run(wanted: Wanted, as_json: bool) -> int:
    """Prints a line for each mutant. Returns 0 when all is right, 1 when something is wrong, 2 when
    nothing is, but not everything could be checked."""
    done: List[Found] = []
    width = max(len(mutant.full_name) for mutant in wanted.mutants)
    with Signals() as signals:
        check = Check(wanted, signals)
        try:
            for one in check.go():
                done.append(one)
                if not as_json:
                    _row(width, one)
        finally:
            check.close()
    states = [one.state for one in done]
    for text in check.missing():
        say(text)
    if as_json:
        done.sort(key=lambda one: one.mutant.full_name)
        print(json.dumps({"format": 1, "missing": check.missing(),
                          "mutants": [one.as_json() for one in done]}, indent=1))
    else:
        print(f"{count(len(done), 'mutant')}: {states.count('right')} right, "
              f"{states.count('wrong')} wrong, {states.count('unchecked')} not all checked")
    return 1 if "wrong" in states else 2 if "unchecked" in states else 0
