#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""stress: which races run, for how long, and the report."""
from __future__ import annotations

import json
import os
from typing import Any, Dict
from unittest import mock

import support
from support import GOOD, needs_root

PAIRS = ("anon__read__read", "anon__read__write", "anon__write__write", "shmem__read__read")
# One pair fails, one is skipped.
OUTCOMES = """
print('TAP version 14')
print(f'1..{len(CASES)}')
for number, case in enumerate(CASES, 1):
    bad = case == 'anon__read__write'
    skip = ' # SKIP no such thing' if case == 'shmem__read__read' else ''
    print(f"{'not ok' if bad else 'ok'} {number} - {case}{skip}")
    print('  ---')
    print('  duration_ms: 0.1')
    print('  ...', flush=True)
sys.exit(1)
"""
SECONDS = "assert sys.argv[sys.argv.index('--seconds') + 1] == '3', sys.argv\n" + GOOD
SAID = "    print('  observed: {\"write\": \"5 operations, 2/s: 5 ok\"}')\n"
OBSERVED = GOOD.replace("    print('  ...'", SAID + "    print('  ...'")
MAY_POISON = "import os\nassert os.environ.get('HUGEPROOF_ALLOW_POISON') == '1'\n" + GOOD
NOT_B = "assert sys.argv[-4:] == ['--case', 'a', '--case', 'c'], sys.argv\n" + (
    "CASES = 'ac'\n" + GOOD)
MAY_NOT = "import os\nassert 'HUGEPROOF_ALLOW_POISON' not in os.environ\n" + GOOD


@needs_root
class Stress(support.Case):
    """The command on programs made for it."""

    def setUp(self) -> None:
        super().setUp()
        self.programs.add("a_test", GOOD, area="area")

    def test_runs_races_alone(self) -> None:
        """stress runs the races and no tests; func the other way round."""
        self.programs.add("a_race", GOOD, area="race", kind="race")
        self.assertEqual(self.programs.run("stress").returncode, 0)
        self.assertEqual(list(self.programs.record()), ["race/a_race"])
        self.assertEqual(self.programs.run("func").returncode, 0)
        self.assertEqual(list(self.programs.record()), ["area/a_test"])

    def test_no_races(self) -> None:
        """A run without races is reported as such."""
        self.refused(self.programs.run("stress"), "no programs of kind race", "make")

    def test_seconds(self) -> None:
        """--seconds is passed to the race, and an invalid value is refused."""
        self.programs.add("a_race", SECONDS, area="race", kind="race")
        done = self.programs.run("stress", "--seconds", "3")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for wrong in ("0", "-1", "1.5", "x", "", "86401", "9" * 40):
            self.refused(self.programs.run("stress", "--seconds", wrong), "--seconds")

    def test_limit(self) -> None:
        """The seconds of a race are added to its limit, so that it is not stopped in the middle."""
        body = "import time\ntime.sleep(11)\n" + GOOD
        self.programs.add("a_race", body, area="race", kind="race", cases=("a",))
        self.assertEqual(self.programs.run("stress", "--seconds", "3").returncode, 0)

    def test_pairs_only_by_name(self) -> None:
        """A program that takes hours runs only when it is named."""
        self.programs.add("a_race", GOOD, area="race", kind="race")
        self.programs.add("race_pairs", GOOD, area="race", kind="race", cases=PAIRS)
        self.programs.run("stress")
        self.assertEqual(list(self.programs.record()), ["race/a_race"])
        self.programs.run("stress", "race_pairs")
        self.assertEqual(list(self.programs.record()), ["race/race_pairs"])

    def test_matrix(self) -> None:
        """The result of each pair."""
        self.programs.add("race_pairs", OUTCOMES, area="race", kind="race", cases=PAIRS)
        done = self.programs.run("stress", "race_pairs")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"(?m)^  anon\n    read +\.\n    write +F\.\n  shmem\n"
                         r"    read +s\n")

    def test_report(self) -> None:
        """The report shows the operations of each actor, also when it is made from the record."""
        self.programs.add("a_race", OBSERVED, area="race", kind="race")
        self.programs.run("stress")
        done = self.programs.run("report", "latest")
        self.assertRegex(done.stdout, r"race/a_race\.a:\n    write +5 operations, 2/s: 5 ok\n")

    def test_poison(self) -> None:
        """A race may poison memory if the run may."""
        self.programs.add("a_race", MAY_NOT, area="race", kind="race")
        self.assertEqual(self.programs.run("stress").returncode, 0)
        self.programs.add("a_race", MAY_POISON, area="race", kind="race")
        self.assertEqual(self.programs.run("stress", "--allow-poison").returncode, 0)

    def test_resume(self) -> None:
        """A run of races can only be resumed by stress."""
        self.programs.add("a_race", GOOD, area="race", kind="race")
        self.programs.run("stress", "--seconds", "3")
        self.refused(self.programs.run("func", "--resume", "latest"), "not made by func")
        self.assertEqual(self.programs.run("stress", "--resume", "latest").returncode, 0)

    def _damages(self, **change: Any) -> str:
        """A list whose issue damages the kernel."""
        path = os.path.join(self.programs.path, "list.json")
        issue = {"id": "lasts", "points": ["race/a_race.b"], "verdicts": ["leak"],
                 "reason": "r", "link": "l", "damages": True, **change}
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"format": 2, "issues": [issue]}, file)
        return path

    def _verdicts(self, *words: str) -> Dict[str, str]:
        done = self.programs.run("stress", *words)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        result = self.programs.record()["race/a_race"]
        return {point["name"]: point["verdict"] for point in result["points"]}

    def test_damage(self) -> None:
        """A case that would leave the kernel damaged is not run, but the others are."""
        self.programs.add("a_race", NOT_B, area="race", kind="race", cases=("a", "b", "c"))
        spared = self._verdicts("--known-issues", self._damages())
        self.assertEqual(spared, {"race/a_race.a": "pass", "race/a_race.c": "pass",
                                  "race/a_race.b": "skip"})
        done = self.programs.run("stress", "--known-issues", self._damages())
        self.assertIn("known issue lasts would leave this kernel damaged until the next boot: "
                      "run it in the lab, or allow it with --allow-damage", done.stdout)
        self.assertRegex(done.stdout, "(?m)^2 passed, 0 failed, 1 skipped$")
        # Another kernel, or an issue whose effect ends with the program.
        for change in ({"fixed": ["2.6.0"]}, {"damages": False}):
            done = self.programs.run("stress", "--known-issues", self._damages(**change))
            self.assertIn("exit status 1", done.stdout)

    def test_damage_is_allowed(self) -> None:
        """It is allowed by an option, and in the lab, where the guest can be booted again."""
        self.programs.add("a_race", GOOD, area="race", kind="race", cases=("a", "b"))
        every = {"race/a_race.a": "pass", "race/a_race.b": "pass"}
        self.assertEqual(self._verdicts("--allow-damage", "--known-issues", self._damages()),
                         every)
        with mock.patch.dict(os.environ, HUGEPROOF_LAB="{}"):
            self.assertEqual(self._verdicts("--known-issues", self._damages()), every)

    def test_damage_by_all_cases(self) -> None:
        """Nothing of the program is run if the issue names the program, or all requested cases."""
        self.programs.add("a_race", "sys.exit(3)\n", area="race", kind="race")
        for points, words in ("race/a_race", ()), ("race/a_race.b", ("a_race.b",)):
            done = self.programs.run("stress", "--allow-all-skipped", *words, "--known-issues",
                                     self._damages(points=[points]))
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            result = self.programs.record()["race/a_race"]
            self.assertEqual((result["verdict"], result["points"]), ("skip", []))
            self.assertIn("lasts", result["reason"])


if __name__ == "__main__":
    support.main()
