#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who raced whom: the matrix from a record, and what stress --budget makes of it."""
from __future__ import annotations

import json
import os
from typing import Any, Dict, List

import support
from support import GOOD_ASKED, needs_root

from runner.report.overlap import Overlap, case_of, possible  # pylint: disable=wrong-import-order

# What the engine observes of a race: of three actors, one of them twice.
SAID = {"target": "anon_thp", "fork": "7 operations, 3/s: 7 ok", "mbind": "5 operations, 2/s: 5 ok",
        "write": "2 operations, 1/s: 2 ok", "write 2": "3 operations, 1/s: 3 ok",
        "overlap 1": "fork+mbind 4, mbind+write 2", "overlap 2": "write+write 1",
        "pages judged": "99, 3/s"}
RACES = """
CASES = [sys.argv[at + 1] for at, word in enumerate(sys.argv) if word == '--case'] or CASES
print('TAP version 14')
print(f'1..{len(CASES)}')
for number, case in enumerate(CASES, 1):
    print(f'ok {number} - {case}')
    print('  ---')
    print('  observed: SAID')
    print('  ...', flush=True)
""".replace("SAID", json.dumps(SAID))
PAIRS = ("anon_thp__fork__fork", "anon_thp__fork__mbind", "anon_thp__write__fork",
         "anon_thp__write__mbind", "anon_thp__write__write", "shmem_shared__write__punch")


def result(**said: Any) -> Dict[str, Any]:
    """A result with a point of which that was observed."""
    return {"points": [{"name": "race/x.y", "verdict": "pass", "diagnostics": {"observed": said}}]}


class Gathered(support.Case):
    """The matrix."""

    def _two(self) -> Overlap:
        found = Overlap()
        found.add(result(**SAID))
        found.add(result(**{**SAID, "overlap 1": "write+fork 6, mbind+fork 1",
                            "overlap 2": ""}))
        return found

    def test_sums(self) -> None:
        """Two races of one target, whichever actor is named first."""
        found = self._two()
        self.assertEqual(found.ops, {"anon_thp": {"fork": 14, "mbind": 10, "write": 10}})
        self.assertEqual(found.met["anon_thp"], {
            ("fork", "mbind"): 5, ("mbind", "write"): 2, ("write", "write"): 1,
            ("fork", "write"): 6})
        self.assertEqual(found.races["anon_thp"][("fork", "mbind")], 2)

    def test_never(self) -> None:
        """Pairs that raced and never met; one actor alone has nobody to meet."""
        found = Overlap()
        found.add(result(**{**SAID, "overlap 1": "fork+mbind 4", "overlap 2": ""}))
        self.assertEqual(found.never("anon_thp"),
                         [("fork", "write"), ("mbind", "write"), ("write", "write")])
        self.assertIn("  anon_thp: 1 of 4 pairs; never: fork+write, mbind+write, write+write\n",
                      found.text())
        self.assertEqual(found.lacking(possible(PAIRS)), {
            "anon_thp": [("fork", "fork"), ("fork", "write"), ("mbind", "write"),
                         ("write", "write")],
            "shmem_shared": [("punch", "write")]})
        self.assertEqual(case_of("shmem_shared", ("punch", "write"), PAIRS), PAIRS[-1])

    def test_table(self) -> None:
        """Each actor with its operations, and whom it met."""
        self.assertEqual([*self._two().table("anon_thp")][1:], [
            "  fork          14", "  mbind         10  fork 5",
            "  write         10  fork 6, mbind 2, write 1"])

    def test_odd_records(self) -> None:
        """What no engine writes counts for nothing."""
        found = Overlap()
        for said in ({}, {"target": 7}, {"target": "../x"}, {"target": "t", "overlap 1": "x"},
                     {"target": "t", "overlap 1": 3, "a": "many operations, "},
                     {"target": "t", "overlap x": "a+b 3"}, {"target": "t", "overlap 1": "a+b -3"}):
            found.add(result(**said))
        self.assertEqual((found.met.get("t"), found.races.get("t")), ({}, {}))
        self.assertEqual(found.text(), "Pairs of actors that were at work on one huge page at "
                         "once:\n  t: 0 of 0 pairs\n")


@needs_root
class Command(support.Case):
    """The commands, on programs made for them."""

    def setUp(self) -> None:
        super().setUp()
        self.programs.add("race_pairs", GOOD_ASKED, area="race", kind="race", cases=PAIRS)

    def _overlap(self, *words: str) -> Any:
        return self.programs.run("overlap", "latest", "--results", self.programs.results,
                                 "--programs", self.programs.path, *words)

    def test_reports(self) -> None:
        """The end of a run has it, its lists of operations do not; so do the page and the
        command."""
        self.programs.add("a_race", RACES, area="race", kind="race", cases=("a",))
        done = self.programs.run("stress")
        self.assertIn("at once:\n  anon_thp: 3 of 4 pairs; never: fork+write\n", done.stdout)
        self.assertNotIn("overlap 1", done.stdout)
        self.assertNotIn("target ", done.stdout)
        done = self._overlap()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("  mbind          5  fork 4\n", done.stdout)
        self.assertIn("  anon_thp, 2 pairs: fork+fork, fork+write\n"
                      "  shmem_shared, 1 pair: punch+write\n", done.stdout)
        found = json.loads(self._overlap("--json").stdout)
        self.assertIn({"actors": ["fork", "write"], "met": 0, "races": 1},
                      found["targets"][0]["pairs"])
        self.assertEqual(found["never"]["shmem_shared"], [["punch", "write"]])
        self.programs.run("report", "latest", "--html")
        with open(os.path.join(self.programs.results, os.path.basename(os.path.realpath(
                self._latest())), "report.html"), encoding="utf-8") as file:
            self.assertIn("never: fork+write", file.read())

    def _latest(self) -> str:
        from runner.record import find_run
        return find_run("latest", self.programs.results)

    def test_nothing(self) -> None:
        """Runs without races."""
        self.programs.add("a_test", GOOD_ASKED, area="area")
        self.programs.run("func")
        done = self._overlap()
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("no race of these runs", done.stderr)

    def _ran(self) -> List[str]:
        result = self.programs.record().get("race/race_pairs", {"points": []})
        return [point["name"].partition(".")[2] for point in result["points"]]

    def test_budget(self) -> None:
        """A run with a budget runs the pairs that never met, and none that did."""
        self.programs.add("a_race", RACES, area="race", kind="race", cases=("a",))
        done = self.programs.run("stress", "--budget", "40")
        self.assertIn("of 6 pairs of actors 6 never met on one huge page in earlier runs: 6 of "
                      "them race, 2 s each", done.stdout + done.stderr)
        self.assertEqual(list(self.programs.record()), ["race/a_race", "race/race_pairs"])
        done = self.programs.run("stress", "--budget", "40", "--seed", "7")
        self.assertIn("6 pairs of actors 3 never met on one huge page in earlier runs: 3 of them "
                      "race, 2 s each", done.stdout + done.stderr)
        self.assertEqual(list(self.programs.record()), ["race/race_pairs", "race/a_race"])
        self.assertEqual(self._ran(), [PAIRS[0], PAIRS[2], PAIRS[5]])

    def test_what_fits(self) -> None:
        """As many as there is half of the time for; without any the program is left out."""
        self.programs.add("a_race", RACES, area="race", kind="race", cases=("a",))
        self.programs.run("stress", "--budget", "13")
        self.assertEqual(len(self._ran()), 2)
        done = self.programs.run("stress", "--budget", "13", "--seconds", "30")
        self.assertIn("there is no time for any", done.stdout + done.stderr)
        self.assertEqual(list(self.programs.record()), ["race/a_race"])

    def test_named(self) -> None:
        """What is named runs as it is."""
        self.programs.run("stress", "--budget", "100", "race_pairs")
        self.assertEqual(self._ran(), list(PAIRS))


if __name__ == "__main__":
    support.main()
