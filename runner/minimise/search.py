# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs candidates until it is certain enough whether they fail, and keeps account of that."""
from __future__ import annotations

from typing import Any, Callable, Dict, FrozenSet, Iterable, List, Optional

from ..errors import Refused
from ..output import say
from ..text import clean
from ..verdicts import ACCUSING
from .bench import Bench, Outcome, Try
from .sequential import Rate, Test

Json = Dict[str, Any]
# After so many failures the rate of the whole is known well enough.
ENOUGH = 3
# A try with such a verdict says nothing of the candidate, and is repeated so often at most.
UNJUDGED, UNJUDGED_TRIES = frozenset(("disturbed", "unknown")), 5
# Makes a candidate's try; its argument counts the tries of all, for their seeds.
Make = Callable[[int], Try]


class Search:
    """The tries of one search. `wanted`: the verdicts that count as the failure. `last` is the
    outcome of the last failure, `steps` what was tried, for the record; `on_step` is called when
    something was added to it."""

    def __init__(self, bench: Bench, wanted: Iterable[str] = ACCUSING,
                 on_step: Callable[[], None] = lambda: None) -> None:
        self._bench = bench
        self._on_step = on_step
        self._wanted: FrozenSet[str] = frozenset(wanted)
        self._known: Dict[str, bool] = {}
        self._whole = 1.0
        self.number = 0
        self.last: Optional[Outcome] = None
        self.steps: List[Json] = []
        self.took: List[float] = []

    @property
    def certain(self) -> bool:
        """True when the whole failed each time."""
        return self._whole == 1.0

    def _one(self, make: Make) -> Outcome:
        """A try that was judged, if one of UNJUDGED is."""
        for _ in range(UNJUDGED_TRIES):
            outcome = self._bench.one(make(self.number))
            self.number += 1
            if outcome.verdict not in UNJUDGED:
                break
        if self._fails(outcome):
            self.last = outcome
            self.took.append(outcome.seconds)
        return outcome

    def _fails(self, outcome: Outcome) -> bool:
        return outcome.verdict in self._wanted

    def ask(self, make: Make) -> Outcome:
        """The outcome of one try that is no candidate."""
        return self._bench.one(make(0))

    def whole(self, words: str, make: Make, most: int) -> Rate:
        """The rate of the whole, from ENOUGH failures or `most` tries; the candidates are measured
        by it. Raises Refused when it does not fail."""
        rate, why, self.took = Rate(), "", []
        while rate.tried < most and rate.failed < ENOUGH:
            outcome = self._one(make)
            if outcome.verdict in ("skip", "broken"):
                raise Refused(f"{words} cannot be tried on {self._bench.what}: "
                              f"{outcome.verdict}: {outcome.reason}")
            rate.tried += 1
            rate.failed += self._fails(outcome)
            why = why or (outcome.reason if self._fails(outcome) else "")
        self._note(words, rate, bool(rate.failed))
        if not rate.failed:
            raise Refused(f"{words} does not fail again on {self._bench.what}: none of "
                          f"{rate.tried} tries did, so that less than "
                          f"{100 * rate.interval()[1]:.0f} % of them would (95 %)")
        self._whole = rate.estimate
        self._known = {words: True}
        return rate

    def holds(self, words: str, make: Make) -> bool:
        """Whether a candidate still fails, at no much lower rate than the whole."""
        if words not in self._known:
            test, held = Test(self._whole), None
            while held is None:
                outcome = self._one(make)
                # What cannot be tried is no smaller form of it.
                held = False if outcome.verdict in ("skip", "broken") else test.add(
                    self._fails(outcome))
            self._known[words] = held
            self._note(words, test.rate, held)
        return self._known[words]

    def measure(self, make: Make, times: int) -> Rate:
        """The rate of the smallest, from tries that no choice depended on."""
        rate = Rate()
        self.took = []
        for _ in range(times):
            rate.failed += self._fails(self._one(make))
            rate.tried += 1
        return rate

    def _note(self, words: str, rate: Rate, kept: bool) -> None:
        self.steps.append({"candidate": words, "failed": rate.failed, "tried": rate.tried,
                           "kept": kept})
        self._on_step()
        say(clean(f"{rate.failed} of {rate.tried} failed{', kept' if kept else ''}: {words}", 600))
