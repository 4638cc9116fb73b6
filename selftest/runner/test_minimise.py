#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""minimise: the search with programs whose faults are known, its statistics, and what it keeps."""
from __future__ import annotations

import itertools
import json
import os
import random
import signal
import subprocess
import time
import unittest
from typing import Any, Callable, Dict, List, Sequence
from unittest import mock

import support
from support import GOOD, needs_root

from runner.errors import Refused  # pylint: disable=wrong-import-order
from runner.minimise import bench, litmus, race, shrink, story
from runner.minimise.ddmin import first_of, lowest, smallest
from runner.minimise.search import Search
from runner.minimise.sequential import ERROR, Rate, Test
from runner.reproduce import trial
from runner.reproduce.transcript import parse

HUGE = "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size"
PARAM = [{"name": "race", "default": "", "summary": ""}]
STORY = [{"name": "story", "default": "", "summary": ""}]
# A race of four actors in three processes on eight pages that fails only where alpha meets beta in
# two rounds of eight on two pages.
RACE = """
import time
words = dict(zip(sys.argv[1::2], sys.argv[2::2]))
asked = words.get('--param', '').partition('=')[2]
print('TAP version 14')
print('1..1')
if asked == 'show':
    print('ok 1 - a')
    print('  ---')
    print('  observed: {"race": "target=anon_thp pages=8 page_kb=0 processes=3 pte_mapped=0 '
          'whole_span=0 rounds=200", "actor 1": "gamma", "actor 2": "alpha", '
          '"actor 3": "delta", "actor 4": "beta"}')
    print('  ...')
    sys.exit()
now = dict(word.split('=') for word in asked.split(',')) if asked else {
    'actors': 'gamma+alpha+delta+beta', 'pages': 8, 'rounds': 200}
bad = {'alpha', 'beta'} <= set(now['actors'].split('+')) and int(now['pages']) >= 2 and (
    int(now['rounds']) >= 8) and CHANCE
print(f"{'not ok' if bad else 'ok'} 1 - a")
if bad:
    print('  ---')
    print('  kind: "check"')
    print('  got: "a lost page"')
    print('  ...')
sys.exit(bad)
"""
# Fails where a hole is punched after a mapping was made.
TELLS = """
words = dict(zip(sys.argv[1::2], sys.argv[2::2]))
asked = words.get('--param', '').partition(': ')[2]
steps = [step.strip() for step in asked.split(',')] if asked else [
    'map 4', 'write 1', 'fork', 'child read 1', 'exit', 'punch 1 2']
verbs = [step.split()[0] for step in steps]
bad = 'map' in verbs and 'punch' in verbs[verbs.index('map'):]
print('TAP version 14')
print('1..1')
print(f"{'not ok' if bad else 'ok'} 1 - a")
if bad:
    acts = []
    for step in steps:
        child, _, rest = step.rpartition('child ')
        verb, *numbers = rest.split()
        if verb in ('read', 'write'):
            numbers = [numbers[0], '7', '1']
        elif verb == 'map':
            numbers.append('1')
        acts.append(step[:len(step) - len(rest)] + ' '.join([verb, *numbers]))
    print('  ---')
    print('  kind: "check"')
    print('  expected: "Free 4"')
    print('  got: "Free 3"')
    print('  step: "punch"')
    print('  history: "replay 1 shared 2048 0 1 4 4 0 0; ' + '; '.join(acts) + '"')
    print('  ...')
sys.exit(bad)
"""


class Statistics(unittest.TestCase):
    """Rates and tests."""

    def test_interval(self) -> None:
        """Wilson's interval, against values computed by R's binom.confint."""
        for failed, tried, low, high in ((0, 10, 0, 0.2775), (10, 10, 0.7225, 1),
                                         (5, 10, 0.2366, 0.7634), (1, 100, 0.0018, 0.0545),
                                         (0, 0, 0, 1)):
            found = Rate(failed, tried).interval()
            self.assertAlmostEqual(found[0], low, places=4)
            self.assertAlmostEqual(found[1], high, places=4)

    @staticmethod
    def _decided(whole: float, rate: float, dice: random.Random) -> Test:
        test = Test(whole)
        while test.add(dice.random() < rate) is None:
            pass
        return test

    def test_errors_are_bounded(self) -> None:
        """It errs as seldom as it says, both ways, and the rarer the failure the longer it asks."""
        dice, times = random.Random(7), 2000
        before = 0.0
        for whole in (1.0, 0.3, 0.05):
            high, low = Test(whole).high, Test(whole).low
            wrong = {high: 0, low: 0}
            tried = 0
            for rate, right in ((high, True), (low, False)):
                for _ in range(times):
                    test = Test(whole)
                    said = None
                    while said is None:
                        said = test.add(dice.random() < rate)
                    wrong[rate] += said is not right
                    tried += test.rate.tried
            # The normal approximation's 4 standard deviations above what is promised.
            most = times * (ERROR + 4 * (ERROR * (1 - ERROR) / times) ** 0.5)
            self.assertLessEqual(max(wrong.values()), most, whole)
            self.assertGreater(tried, before)
            before = tried

    def test_always_and_never(self) -> None:
        """What always fails is known after two tries, what never does after six."""
        self.assertEqual(self._decided(1, 1, random.Random(1)).rate.tried, 2)
        self.assertEqual(self._decided(1, 0, random.Random(1)).rate.tried, 6)


class Smallest(unittest.TestCase):
    """Delta debugging."""

    def test_every_pair(self) -> None:
        """Whichever two of nine items it takes, just these are left."""
        for wanted in itertools.combinations(range(9), 2):
            found = smallest(list(range(9)), lambda part, w=wanted: set(w) <= set(part))
            self.assertEqual(found, list(wanted))

    def test_alternatives(self) -> None:
        """Nothing can be left out of the result, where several would do."""
        def fails(part: Sequence[int]) -> bool:
            return {1, 2} <= set(part) or {3, 4, 5} <= set(part)
        found = smallest([5, 1, 4, 2, 3], fails)
        self.assertTrue(fails(found))
        self.assertFalse(any(fails([x for x in found if x != out]) for out in found))

    def test_never_nothing(self) -> None:
        """At least one item is left."""
        self.assertEqual(len(smallest([1, 2, 3, 4], lambda part: True)), 1)
        self.assertEqual(len(smallest([1, 2, 3, 4], lambda part: True, 2)), 2)

    def test_the_whole_is_not_asked(self) -> None:
        """It is known to fail."""
        asked: List[int] = []
        smallest([1, 2, 3], lambda part: bool(asked.append(len(part))))
        self.assertNotIn(3, asked)

    def test_numbers(self) -> None:
        self.assertEqual(lowest([64, 16, 4, 1], lambda value: value >= 4), 4)
        self.assertEqual(lowest([64, 16], lambda value: False), 64)
        self.assertEqual(first_of([1, 2, 8], lambda value: value >= 2), 2)
        asked: List[int] = []
        self.assertEqual(first_of([1, 2, 8], lambda value: bool(asked.append(value))), 8)
        self.assertEqual(asked, [1, 2])


class Stub:
    """A bench on which a function says what fails; each try takes a second."""

    what = "a stub"

    def __init__(self, fails: Callable[[bench.Try], bool]) -> None:
        self._fails = fails
        self.tries: List[bench.Try] = []

    def one(self, candidate: bench.Try) -> bench.Outcome:
        """As a bench."""
        self.tries.append(candidate)
        return bench.Outcome("fail" if self._fails(candidate) else "pass", "why", 1.0)

    def close(self) -> None:
        """As a bench."""


class Programs(support.Case):
    """The smallest program in C."""

    WHOLE = race.Race("anon_thp", ("read", "fork", "mbind", "write"), 1, 2, 10)

    def _source(self) -> str:
        with open(os.path.join(self.programs.path, "candidate.c"), encoding="ascii") as file:
            return file.read()

    def _reduction(self, fails: Callable[[str], bool]) -> shrink.Reduction:
        stub = Stub(lambda candidate: fails(self._source()))
        return shrink.Reduction(Search(stub), self.programs.path, ["it"], 2048)

    def test_two_threads(self) -> None:
        """What the failure does not need is left out: threads, operations, processes, times."""
        def fails(text: str) -> bool:
            return "do_fork(me" in text and "do_mbind(me" in text
        found = self._reduction(fails).go(litmus.of_race(self.WHOLE, 2048, 4))
        self.assertEqual(found.threads, ((litmus.Op("fork", 0, 512),),
                                         (litmus.Op("mbind", 0, 512),)))
        self.assertEqual((found.processes, found.times), (1, 1))
        with open(os.path.join(self.programs.path, "race.c"), encoding="ascii") as file:
            kept = file.read()
        self.assertIn("thread 2: mbind of pages 0 to 511", kept)
        self.assertNotIn("do_read", kept)

    def test_what_is_needed_stays(self) -> None:
        """A part of a huge page, twice, and two processes."""
        def fails(text: str) -> bool:
            return text.count("do_mbind(me, 256, 256);") == 1 and "#define PROCESSES 2" in text \
                and "#define TIMES   1 " not in text
        found = self._reduction(fails).go(litmus.of_race(self.WHOLE, 2048, 4))
        self.assertEqual(found.threads, ((litmus.Op("mbind", 256, 256),),))
        self.assertEqual((found.processes, found.times), (2, 4))

    def test_simplest_range(self) -> None:
        """A part of a huge page becomes a whole one, where that does."""
        whole = race.Race("anon_thp", ("mbind",), 1, 1, 10, "part")
        found = self._reduction(lambda text: "do_mbind(me" in text).go(
            litmus.of_race(whole, 2048, 4))
        self.assertEqual(found.threads, ((litmus.Op("mbind", 0, 512),),))

    def test_none_fails(self) -> None:
        with self.assertRaisesRegex(Refused, "does not fail again on a stub: none of 3 tries"):
            self._reduction(lambda text: False).go(litmus.of_race(self.WHOLE, 2048, 4))

    def test_every_operation_compiles(self) -> None:
        """Each alone, and all of them, without a warning."""
        verbs = sorted(litmus.WHOLE | litmus.HUGE | litmus.PARTS)
        for target, actors in [("shmem_shared", verbs), ("hugetlb_private", verbs[:3]),
                               *(("anon_thp", [verb]) for verb in verbs)]:
            if target == "anon_thp" and actors[0] in ("truncate", "punch", "punch_fill"):
                target = "shmem_private"
            whole = race.Race(target, tuple(actors), 2, 2, 10, "", 0, True)
            path = os.path.join(self.programs.path, "all.c")
            with open(path, "w", encoding="ascii") as file:
                file.write(litmus.text(litmus.of_race(whole, 2048, 4), ["*/ @BODIES@"], 2048))
            with self.subTest(actors):
                trial.compiled(path, path[:-2], ("-pthread",))

    @needs_root
    def test_it_runs(self) -> None:
        """A right kernel does what it should, with each kind of memory; and what was never written
        is noticed as lost."""
        actors = ("read", "write", "fork", "dontneed", "mprotect", "mremap", "vm_readv", "mbind")
        path = os.path.join(self.programs.path, "it.c")
        base_kb = os.sysconf("SC_PAGE_SIZE") // 1024
        with open(HUGE, encoding="ascii") as file:
            huge_kb = int(file.read()) // 1024
        for target in ("anon_thp", "shmem_shared", "shmem_private"):
            whole = race.Race(target, actors, 1, 2, 10)
            right = litmus.text(litmus.of_race(whole, huge_kb, base_kb), [], huge_kb)
            wrong = right.replace("mine->done = times;", "mine->done = times + 1;", 1)
            self.assertNotEqual(right, wrong)
            for text, status in ((right, 0), (wrong, 1)):
                with open(path, "w", encoding="ascii") as file:
                    file.write(text)
                trial.compiled(path, path[:-2], ("-pthread",))
                done = subprocess.run([path[:-2], "0.5"], stdout=subprocess.PIPE, timeout=200,
                                      check=False, encoding="utf-8")
                self.assertEqual(done.returncode, status, f"{target}: {done.stdout}")

    def test_what_cannot_be_written(self) -> None:
        self.assertIn("there is no C of ptrace, uring", str(litmus.impossible(
            race.Race("anon_thp", ("uring", "write", "ptrace"), 1, 1, 1))))
        self.assertIsNone(litmus.impossible(self.WHOLE))


class Stories(unittest.TestCase):
    """Stories that could be, and that could not."""

    def test_possible(self) -> None:
        for text, right in (("map 2; = 1 1 1 1; write 0 1 1", True), ("map 2 1; fork; exit", True),
                            ("map 1 1; write 1 1 1", False), ("map 1 1; map 1 1", False),
                            ("allocate 0 1 1", True)):
            steps = []
            for part in text.split("; "):
                words = part.split()
                if words[0] != "=":
                    steps.append(story.Step(words[0], tuple(map(int, words[1:2]))
                                            + ((1,) if words[0] == "write" else ())))
            self.assertEqual(story.Story("shared", 4, 0, tuple(steps)).possible(), right, text)
        for steps in ([story.Step("read", (0, 1), True)], [story.Step("exit")],
                      [story.Step("fork"), story.Step("fork")], [story.Step("unmap")], []):
            self.assertFalse(story.Story("shared", 4, 0, tuple(steps)).possible(), steps)

    def test_of_transcript(self) -> None:
        """The steps of a transcript, without what the model expects."""
        found = story.of_transcript(parse(
            "replay 1 private 2048 1 1 4 4 2 0; map 2 1; = 4 4 2 0; write 0 1 1; = 4 3 1 0; fork; "
            "= 4 3 1 0; child read 0 1 1; child unmap; exit; allocate 0 1 0; close; = 1 1 1 1"))
        self.assertEqual(found.param, "private 2 1: map 2, write 0 1, fork, child read 0 1, "
                         "child unmap, exit, allocate 0 1")


@needs_root
class Command(support.Case):
    """The command, on this machine, with programs whose faults are known."""

    def _failed(self, body: str, command: str = "stress", **says: Any) -> None:
        kind = "race" if command == "stress" else "func"
        self.programs.add("it", body, area="race" if kind == "race" else "bad", kind=kind,
                          cases=("a",), seconds=5, **says)
        # The seeds of all tries follow from this one, and with them which of them fail.
        self.programs.run(command, "--seed", "5")

    def _words(self, *more: str) -> List[str]:
        return ["minimise", "latest", *(more[:1] or ("race/it.a",)), "--here", "--results",
                self.programs.results, "--programs", self.programs.path, *more[1:]]

    def _found(self, *more: str) -> Dict[str, Any]:
        done = self.programs.run(*self._words(*more), "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        found: Dict[str, Any] = json.loads(done.stdout)
        with open(os.path.join(found["folder"], "minimise.json"), encoding="utf-8") as file:
            self.assertEqual(json.load(file), found)
        self.assertEqual(sorted(os.listdir(found["folder"])), sorted(filter(None, (
            "minimise.json", found["program"] and os.path.basename(found["program"])))))
        return found

    def test_race(self) -> None:
        """Two actors, two pages, the rounds that it takes."""
        self._failed(RACE.replace("CHANCE", "True"), params=PARAM)
        found = self._found("race/it.a", "--times", "5")
        self.assertEqual(found["smallest"], {
            "target": "anon_thp", "actors": ["alpha", "beta"], "pages": 2, "processes": 1,
            "rounds": 16, "range": "huge",
            "param": "actors=alpha+beta,processes=1,pages=2,rounds=16,range=huge"})
        self.assertEqual(found["rate"], {"failed": 5, "tried": 5, "low": 0.5655, "high": 1.0})
        self.assertEqual(found["whole"]["actors"], ["gamma", "alpha", "delta", "beta"])
        self.assertEqual(found["no_program"], "there is no C of alpha, beta")
        self.assertIn("a lost page", found["reason"])

    def test_rare(self) -> None:
        """A failure in a third of the runs takes more of them, and leads to the same."""
        chance = "(asked == '' or int(words['--seed']) * 7919 // 13 % 3 == 0)"
        self._failed(RACE.replace("CHANCE", chance), params=PARAM)
        found = self._found("race/it.a", "--times", "30")
        self.assertEqual(found["smallest"]["actors"], ["alpha", "beta"])
        self.assertGreater(found["rate"]["failed"], 3)
        self.assertLess(found["rate"]["failed"], 20)
        self.assertGreater(max(step["tried"] for step in found["steps"]), 10)

    def test_text(self) -> None:
        """What a reader gets: the race, its rate, and how to run it."""
        self._failed(RACE.replace("CHANCE", "True"), params=PARAM)
        done = self.programs.run(*self._words("race/it.a", "--times", "5"))
        self.assertIn("smallest race: alpha + beta on anon_thp, 1 process, 2 huge pages, "
                      "16 rounds, whole huge pages\n", done.stdout)
        self.assertIn("5 of 5 failed, 100 % (95 % interval 57 to 100 %)", done.stdout)
        self.assertRegex(done.stdout, r"again: \S+/it --seed \d+ --case a --param race=actors=")
        self.assertIn("no program in C: there is no C of alpha, beta", done.stdout)

    def test_story(self) -> None:
        """The shortest story, as steps and in C."""
        self.programs.add("it", TELLS, cases=("a",), seconds=5, params=STORY)
        self.programs.run("func")
        found = self._found("bad/it.a", "--times", "4")
        self.assertEqual(found["kind"], "story")
        self.assertEqual(found["smallest"]["steps"], ["map 1", "punch 0 1"])
        self.assertEqual((found["smallest"]["pool"], found["rate"]["failed"]), (0, 4))
        with open(found["program"], encoding="ascii") as file:
            text = file.read()
        self.assertIn("2. fallocate punches 1 pages from page 0", text)
        self.assertNotIn("fork();", text.split("static void once")[1].split("}")[0])
        done = subprocess.run(["cc", "-Wall", "-Wextra", "-Werror", "-c", "-o", "/dev/null",
                               found["program"]], stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def _refused(self, *words: str, more: Sequence[str] = (), point: str = "race/it.a") -> None:
        done = self.programs.run(*self._words(point, *more))
        # What was tried stands in front of it.
        said = done.stderr.splitlines()
        self.assertFalse([line for line in said[:-1] if " failed: " not in line], done.stderr)
        done.stderr = said[-1] if said else ""
        self.refused(done, *words)
        self.assertFalse([name for name in os.listdir(self.programs.results)
                          if name.startswith("minimise") and os.listdir(os.path.join(
                              self.programs.results, name))])

    def test_refusals(self) -> None:
        """What passed, is no race, is not there, leaked, or does not fail again."""
        self._failed(GOOD, params=PARAM)
        self._refused("race/it.a did not fail: its verdict is pass")
        self._refused("has no point race/it.b", point="race/it.b")
        self._failed(RACE.replace("CHANCE", "True"), params=[])
        self._refused("neither a race nor a story")
        self._failed(RACE.replace("CHANCE", "not asked"), params=PARAM)
        self._refused("does not fail again on this machine: none of 4 tries did, so that less "
                      "than 49 % of them would (95 %)", more=("--tries", "4"))
        self._failed(RACE.replace("CHANCE", "True").replace("asked == 'show'", "False").replace(
            "if asked else", "if '=' in asked else"), params=PARAM)
        self._refused("is not a race: its program shows none")
        self._refused("--tries is a number from 1 to 10000", more=("--tries", "0"))
        self._failed(RACE.replace("CHANCE", "True"), params=PARAM)
        self._refused("not allowed with argument", more=("--kernel", "build"))
        self._failed(RACE.replace("CHANCE", "True").replace(
            "    print('  got:", "    print('  check: \"the race made its events\"')\n"
            "    print('  got:"), params=PARAM)
        self._refused("the race made its events is demanded of the whole race only")

    def test_same(self) -> None:
        """With --same another failure is none."""
        def other(word: str) -> str:
            return RACE.replace("CHANCE", "True").replace(
                "    print('  kind: \"check\"')", "    print('  kind: \"%s\"' % "
                f"('{word}' if asked else 'check'))")
        self._failed(other("timeout"), params=PARAM)
        # A smaller race may be slower.
        self._refused("does not fail again", more=("--tries", "3"))
        self._failed(other("crash"), params=PARAM)
        self._refused("does not fail again", more=("--same", "--tries", "3"))
        self.assertEqual(self._found("race/it.a", "--times", "3")["smallest"]["pages"], 2)

    def test_interrupted(self) -> None:
        """A signal ends it in time, with the smallest so far."""
        body = RACE.replace("CHANCE", "(time.sleep(0.1) or True)")
        self._failed(body, params=PARAM)
        argv = self.programs.command(*self._words("race/it.a", "--json"))
        with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              universal_newlines=True) as child:
            assert child.stderr
            kept = 0
            for line in child.stderr:
                kept += "kept" in line
                if kept == 2:
                    break
            began = time.monotonic()
            child.send_signal(signal.SIGTERM)
            out, _ = child.communicate(timeout=60)
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual(child.returncode, 2)
        found = json.loads(out)
        self.assertEqual(list(support.valid.wrong("minimise", found)), [])
        self.assertEqual(found["interrupted"], "SIGTERM")
        self.assertLess(len(found["smallest"]["actors"]), 4)
        self.assertIsNone(found["rate"])

    def test_budget(self) -> None:
        """The time that it may take; that is no failure."""
        self._failed(RACE.replace("CHANCE", "(time.sleep(0.3) or True)"), params=PARAM)
        began = time.monotonic()
        found = self._found("race/it.a", "--budget", "3")
        self.assertLess(time.monotonic() - began, 100)
        self.assertEqual(found["interrupted"], "the budget of 3 s")


class Box:
    """The folder of a guest that is none."""

    def __init__(self, boot: "Boot") -> None:
        self.boot, self.files = boot, {}  # type: ignore[var-annotated]

    def put(self, name: str, data: Any) -> None:
        """The guest answers each request at once."""
        self.files[name] = data.read()
        if name.startswith("try-"):
            self.boot.asked(self, name[4:], json.loads(self.files[name]))

    def read(self, name: str, _first: int, _most: int) -> Any:
        """A file."""
        return self.files.get(name)

    def forget(self, name: str) -> None:
        """Removes a file."""
        del self.files[name]

    def close(self) -> None:
        """Nothing."""


class Boot:
    """A boot in which candidates have the verdicts that are listed."""

    events = ["ready"]

    def __init__(self, verdicts: List[str]) -> None:
        self.verdicts, self.console, self.ended = verdicts, b"", False

    def asked(self, box: Box, number: str, request: Any) -> None:
        """Answers, or dies."""
        verdict = self.verdicts.pop(0)
        assert request["argv"][0]
        if verdict == "dies":
            self.console += b"[    9.1] BUG: unable to handle page fault for address: 1\n" \
                b"[    9.2] Kernel panic - not syncing: Fatal exception\n"
            self.ended = True
        elif verdict == "nonsense":
            box.files[f"tried-{number}"] = b"{}\n"
        else:
            box.files[f"tried-{number}"] = json.dumps(
                {"verdict": verdict, "seconds": 1, "reason": "r", "diagnostics": {}}
            ).encode() + b"\n"

    def wait(self, _seconds: float) -> bool:
        """Whether it has ended."""
        return self.ended

    @staticmethod
    def event(word: str) -> Any:
        """It has booted."""
        return "" if word == "ready" else None

    @staticmethod
    def stopped() -> None:
        """It never is."""

    def close(self) -> None:
        """Ends it."""
        self.ended = True


class Guests(unittest.TestCase):
    """A guest that is kept, and booted again."""

    def _outcomes(self, verdicts: List[str]) -> Any:
        setup = mock.Mock(time_scale=1.0, slow=1.0)
        setup.command.return_value = ["A=b", "/usr/bin/python3", "run_tests.py", "func"]
        boots: List[Boot] = []

        def boot(_command: Any, _folder: str, box: Any) -> Boot:
            boots.append(Boot(verdicts))
            box.boot = boots[-1]
            return boots[-1]
        setup.box.side_effect = lambda given: Box(None)  # type: ignore[arg-type]
        setup.boot_recorded.side_effect = boot
        with mock.patch.object(bench, "prepare", return_value=setup), mock.patch.object(
                bench.foreign, "fitted", side_effect=lambda order: order):
            guest = bench.Guest({"kernel": "build"}, "/nowhere/x", mock.Mock(requested=None))
        found = [guest.one(bench.Try(["/p"], 1.0, "a")) for _ in range(len(verdicts))]
        guest.close()
        return [outcome.verdict for outcome in found], guest.boots, found

    def test_kept(self) -> None:
        """One boot for many candidates; another after those that break the kernel."""
        self.assertEqual(self._outcomes(["pass", "fail", "pass"])[:2],
                         (["pass", "fail", "pass"], 1))
        self.assertEqual(self._outcomes(["kernel", "pass", "timeout", "pass"])[:2],
                         (["kernel", "pass", "timeout", "pass"], 3))

    def test_death(self) -> None:
        """A candidate that kills the guest failed, with what the kernel said."""
        verdicts, boots, found = self._outcomes(["pass", "dies", "fail"])
        self.assertEqual((verdicts, boots), (["pass", "panic", "fail"], 2))
        self.assertIn("BUG: unable to handle page fault", found[1].reason)
        self.assertEqual(self._outcomes(["nonsense", "pass"])[:2], (["panic", "pass"], 2))


if __name__ == "__main__":
    support.main()
