#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How mutants are tried: what is learned and cached, what runs first, what is passed over, and what
happens after a signal. With fake kernels."""
from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import unittest
from types import SimpleNamespace
from typing import Any, Dict, List, Optional, Tuple
from unittest import mock

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fake_kernels  # noqa: E402  pylint: disable=wrong-import-position
from fake_kernels import support  # noqa: E402  pylint: disable=wrong-import-position

# pylint: disable=wrong-import-position
from runner.commandline import parse  # noqa: E402
from runner.errors import Interrupted, Refused  # noqa: E402
from runner.lab import arch  # noqa: E402
from runner.watch.pipeline import Pipeline  # noqa: E402
from runner.lab.source import Source  # noqa: E402
from runner.mutants import cli, lookups, trial_log  # noqa: E402
from runner.mutants.mutant import Mutant, read  # noqa: E402
from runner.mutants.noticed import Noticed  # noqa: E402
from runner.mutants.session import Asked, Session  # noqa: E402
from runner.mutants.trial import expanded  # noqa: E402
from runner.patterns import parse_patterns  # noqa: E402
from runner.plan import make  # noqa: E402
from runner.programs import Program  # noqa: E402
from runner.run import Signals  # noqa: E402


def mutant(name: str, *caught_by: str, sizes: str = "", since: Tuple[int, int] = (0, 0),
           changes: str = "mm/a.c") -> Mutant:
    """One of area x."""
    return Mutant("", "x", name, caught_by=list(caught_by), changes={changes: 1}, sizes=sizes,
                  since=since)


class InLab(unittest.TestCase):
    """With a lab whose kernels are named after the mutants."""

    KERNELS = {"x-one": "x/b fail\n", "x-two": "", "x-three": "unfit", "x-four": "boot dies\n",
               "x-five": "x/slow fail\nx/b fail\n", "x-six": "x/big fail\n"}

    def setUp(self) -> None:
        self.lab = fake_kernels.Lab(dict(self.KERNELS))
        self.lab.begin()
        self.addCleanup(self.lab.end)
        for name in ("a", "b", "slow"):
            self.lab.programs.add(name, support.GOOD, area="x", cases=("x",))
        self.lab.programs.add("big", support.GOOD, area="x", cases=("x",), page_sizes="gigantic")
        self.lab.programs.add("far", support.GOOD, area="y", cases=("x",))
        self.said = ""

    def tried(self, *mutants: Mutant, status: Optional[int] = None, **how: Any
              ) -> Dict[str, Dict[str, Any]]:
        """The lines of a call."""
        asked = Asked(mutants, programs=self.lab.programs.path,
                      results=self.lab.programs.results, **how)
        out = io.StringIO()
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), \
                    Signals() as signals:
                self.session = Session(asked, signals)
                got = self.session.go()
        finally:
            self.said = out.getvalue()
        if status is not None:
            self.assertEqual(got, status, self.said)
        return self.lines()

    def lines(self) -> Dict[str, Dict[str, Any]]:
        """Of the last session's record."""
        with open(os.path.join(self.session.log.where, trial_log.LINES), encoding="utf-8") as file:
            return {line["name"]: line for line in map(json.loads, file)}


class Tried(InLab):
    """The states of mutants."""

    def test_each_end(self) -> None:
        found = self.tried(mutant("one", "x/b"), mutant("two", "x/a"), mutant("three", "x/a"),
                           mutant("four", "x/a"), status=2)
        self.assertEqual({name: line["state"] for name, line in found.items()},
                         {"x/one": "killed", "x/two": "survived", "x/three": "error",
                          "x/four": "error"})
        self.assertEqual(found["x/one"]["by"], "x/b.x")
        self.assertIn("does not boot: the guest died", found["x/four"]["reason"])
        self.assertIn("does not compile", found["x/three"]["reason"])
        self.assertIn("1 killed, 1 survived, 2 errors", self.said)

    def test_as_json(self) -> None:
        """One object on standard output, and the rows on standard error."""
        out, err = io.StringIO(), io.StringIO()
        args = parse(["mutants", "--json", "--programs", self.lab.programs.path, "--results",
                      self.lab.programs.results])
        with mock.patch.object(cli, "load", lambda _: [mutant("one", "x/b"),
                                                       mutant("two", "x/a")]), \
                contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            self.assertEqual(cli.run(args), 1)
        found = json.loads(out.getvalue())
        self.assertEqual([*support.valid.wrong("mutants-summary", found)], [])
        self.assertEqual((found["status"], found["counts"], found["not_tried"], found["missed"]),
                         (1, {"killed": 1, "survived": 1}, 0, {}))
        self.assertIn("1 killed, 1 survived, 0 errors", err.getvalue())

    def test_learned_once(self) -> None:
        """Nothing is learned again about the same kernel and program."""
        self.tried(mutant("one", "x/b"))
        self.assertEqual(self.lab.guests.ran, [["x/a", "x/b", "x/slow"], ["x/b"]])
        self.lab.guests.ran.clear()
        self.tried(mutant("one", "x/b"))
        self.assertEqual(self.lab.guests.ran, [["x/b"]])
        self.lab.guests.ran.clear()
        self.lab.programs.add("a", support.GOOD + "# another\n", area="x", cases=("x",))
        self.tried(mutant("one", "x/b"))
        self.assertEqual(self.lab.guests.ran, [["x/a"], ["x/b"]])
        self.lab.guests.ran.clear()
        self.lab.breaks("y/far fail\n")
        self.tried(mutant("one", "x/b"))
        self.assertEqual(len(self.lab.guests.ran[0]), 3)

    def test_what_may_be_chance_is_learned_again(self) -> None:
        self.lab.breaks("x/a fail\nx/slow disturbed\n")
        for _ in range(2):
            self.lab.guests.ran.clear()
            self.tried(mutant("one", "x/b"))
            self.assertIn("x/a.x is not sound on the unbroken kernel", self.said)
        self.assertEqual(self.lab.guests.ran[0], ["x/a", "x/slow"])

    def test_learned_of_a_part_is_kept(self) -> None:
        """After a signal while the unbroken kernel is tried, finished programs do not run again."""
        self.signalled(1, mutant("one", "x/b"))
        self.tried(mutant("one", "x/b"))
        self.assertEqual(self.lab.guests.ran[0], ["x/b", "x/slow"])

    def test_what_is_not_sound_catches_nothing(self) -> None:
        self.lab.breaks("x/b fail\n")
        self.assertEqual(self.tried(mutant("one", "x/b"))["x/one"]["state"], "survived")

    def test_patterns(self) -> None:
        found = self.tried(mutant("one", "x/*"), mutant("five", "y/*", "x/b*", "x/a.x"), status=0)
        self.assertTrue(found["x/one"]["named"] and found["x/five"]["named"])
        with self.assertRaisesRegex(Refused, "must be caught by z/"):
            self.tried(mutant("one", "x/*", "z/*"))
        self.assertEqual(expanded(["x/*", "y/far.c_*", "x/a"], ["x/a", "x/b", "y/far"]),
                         ["x/a", "x/b", "y/far.c_*"])

    def test_passed_over(self) -> None:
        """A program that does not run with the given page size does not prevent trying the
        mutant."""
        found = self.tried(mutant("one", "x/big", "x/b", sizes=""), status=0)
        self.assertEqual(found["x/one"]["by"], "x/b.x")
        with mock.patch("runner.mutants.trial.applies", lambda *_: False):
            line = self.tried(mutant("six", "x/big", sizes="2M"), status=2)["x/six"]
        self.assertIn("none of x/big runs with pages of 2M", line["reason"])
        self.assertNotIn("boot", line["reason"])

    def test_of_a_later_kernel(self) -> None:
        """A mutant of code that the kernel does not have is passed over, which is no error; with
        another source it is tried."""
        late = mutant("two", "x/a", since=(6, 13))
        found = self.tried(mutant("one", "x/b", since=(6, 12)), late, status=0)
        self.assertEqual(list(found), ["x/one"])
        self.assertIn("passed over: 1 mutant of code that Linux 6.12 has not got", self.said)
        with self.assertRaisesRegex(Refused, "1 mutant of code that Linux 6.12 has not got"):
            self.tried(late)
        self.lab.tree.source.version = (7, 3)
        self.assertEqual(self.tried(late, source="there", status=1)["x/two"]["state"], "survived")
        self.assertEqual(self.session.log.call["source"], "there")
        self.assertEqual(self.lab.built[-1], "there")

    def test_of_another_architecture(self) -> None:
        """A mutant of code below arch/ is tried in guests of that architecture only, with programs
        that run there."""
        own, other = (mutant(name, "x/b", changes=f"arch/{one.source}/mm/a.c")
                      for name, one in (("one", arch.X86_64), ("two", arch.ARM64)))
        mine = arch.of_this_machine()
        if mine is arch.ARM64:
            own, other = other, own
        self.assertEqual(list(self.tried(own, other)), [own.full_name])
        self.assertIn(f"passed over: 1 mutant of code that a kernel for {mine.name} is built "
                      "without: --arch names another architecture", self.said)
        with self.assertRaisesRegex(Refused, "1 mutant of code that a kernel for"):
            self.tried(other)
        foreign = arch.ARM64 if mine is arch.X86_64 else arch.X86_64
        words: List[List[str]] = []
        with mock.patch("runner.lab.foreign.runs_with", lambda _: ["/usr/bin/env"]), \
                mock.patch("runner.mutants.session.grounds.setup", lambda first, *rest: (
                    words.append(list(first)), fake_kernels.prepared(self.lab.unbroken))[1]):
            found = self.tried(own, other, arch=foreign.name, base_page="4k")
        self.assertEqual(list(found), [other.full_name])
        self.assertEqual(words, [["--arch", foreign.name, "--base-page", "4k"]])
        self.assertEqual((self.lab.arch.name, self.lab.arch.page), (foreign.name, "4k"))
        call = self.session.log.call
        self.assertEqual((call["arch"], call["base_page"]), (foreign.name, "4k"))
        with mock.patch("runner.lab.foreign.runs_with", lambda _: []), \
                self.assertRaisesRegex(Refused, "cannot be asked what they are: there is no"):
            self.tried(other, arch=foreign.name)
        with self.assertRaisesRegex(Refused, "has no base pages of 3k"):
            self.tried(other, arch=foreign.name, base_page="3k")

    def test_since_in_a_header(self) -> None:
        path = os.path.join(self.lab.programs.path, "one.cocci")
        for text, since in (("", (0, 0)), ("// Since: 6.13\n", (6, 13)), ("// Since: 7\n", None)):
            with open(path, "w", encoding="ascii") as file:
                file.write("// Breaks: a\n// Seen as: b\n// Caught by: x/a\n"
                           f"// Changes: mm/a.c 1\n{text}")
            if since:
                self.assertEqual(read(path, "x", "one").since, since)
            else:
                with self.assertRaisesRegex(Refused, "Since is a version such as 6.13, not 7"):
                    read(path, "x", "one")

    def test_a_misspelled_field_is_refused(self) -> None:
        """Or a guest would silently lack what the fault needs."""
        path = os.path.join(self.lab.programs.path, "one.cocci")
        for line in ("// Guset: --nodes 3", "//Guest : --nodes 3\n// Guest: --nodes 3",
                     "// Caught-by: x/b"):
            with open(path, "w", encoding="ascii") as file:
                file.write("// SPDX-License-Identifier: GPL-2.0\n// A remark.\n// Breaks: a\n"
                           f"// Seen as: b\n// Caught by: x/a\n// Changes: mm/a.c 1\n{line}\n")
            with self.assertRaisesRegex(Refused, "Guest twice|unknown field"):
                read(path, "x", "one")

    def test_soonest_first(self) -> None:
        """Programs run in the order of their time, until one is known to notice."""
        self.tried(mutant("two", "x/slow", "x/a"))
        self.assertEqual(self.lab.guests.ran[-2:], [["x/a", "x/slow"], ["x/b"]])
        for _ in range(4):
            self.tried(mutant("one", "x/b"))
        self.tried(mutant("two", "x/*"), every=True)
        self.assertEqual(self.lab.guests.ran[-1][-1], "x/slow")
        self.assertEqual(self.lab.guests.ran[-1][0], "x/b")

    def test_the_record_of_who_noticed(self) -> None:
        self.lab.spoiled = True
        first = Noticed([mutant("one", "x/b.case", "y/far")])
        first.add(["mm/a.c"], "x/b.x@2M")
        with open(first.path, "a", encoding="ascii") as file:
            file.write("[]\n{")
        again = Noticed()
        self.assertEqual((first.times(["mm/a.c"], "x/b"), again.times(["mm/a.c"], "x/b")), (2, 1))
        self.assertEqual(first.areas(["mm/a.c"]), ["x", "y"])
        self.assertEqual(again.areas(["mm/b.c"]), [])
        self.assertEqual(first.ordered(["y/race", "x/a", "x/b"], ["mm/a.c"],
                                       {"y/race": 60.0, "x/a": 3.0, "x/b": 5.0}.__getitem__),
                         ["x/b", "x/a", "y/race"])

    def signalled(self, before: int, *mutants: Mutant, **how: Any) -> None:
        """Tries them, and is told to end when so many programs have run; asserts that it ends
        within a second."""
        self.lab.guests.ran.clear()
        self.lab.guests.slow, self.lab.guests.before_end = 0.3, before
        with self.assertRaises(Interrupted):
            self.tried(*mutants, **how)
        self.assertLess(time.monotonic() - self.lab.guests.reported_at, 1.0)
        self.lab.guests.slow, self.lab.guests.before_end = 0.0, None
        self.lab.guests.ran.clear()

    def test_a_signal_keeps_what_was_done(self) -> None:
        self.tried(mutant("two", "x/a"))
        mutants = [mutant("one", "x/b"), mutant("two", "x/a", "x/slow"), mutant("five", "x/b")]
        self.signalled(1, *mutants)
        self.assertEqual(list(self.lines()), ["x/one"])
        self.assertIn("1 killed, 0 survived, 0 errors, 2 not tried", self.said)
        where = self.session.log.where
        found = self.tried(*mutants, resume=where, status=1)
        self.assertEqual(list(found), ["x/one", "x/two", "x/five"])
        self.assertEqual(self.session.log.where, where)

    def test_side_by_side(self) -> None:
        self.tried(mutant("two", "x/a"))
        self.lab.guests.slow = 0.1
        found = self.tried(mutant("one", "x/b"), mutant("five", "x/b"), mutant("three", "x/a"),
                           mutant("two", "x/a"), jobs=2)
        self.assertEqual((len(found), self.lab.guests.most), (4, 2))


class Parts(unittest.TestCase):
    """Units below the session."""

    def test_pipeline(self) -> None:
        """No more run at once than requested, none is far ahead, and an exception in one ends
        all."""
        lock, now, most, ahead = threading.Lock(), 0, 0, 0

        def make(number: int) -> int:
            nonlocal ahead
            with lock:
                ahead += 1
                self.assertLessEqual(ahead, 4)
            return number

        def attempt(number: int, made: int) -> int:
            nonlocal now, most, ahead
            with lock:
                now, most = now + 1, max(most, now + 1)
            time.sleep(0.02)
            with lock:
                now, ahead = now - 1, ahead - 1
            if number == 99:
                raise Refused("ninety-nine")
            return number + made

        with Signals() as signals:
            got = dict(Pipeline(2, signals, make, attempt).each(range(8)))
            self.assertEqual(got, {n: 2 * n for n in range(8)})
            self.assertEqual(most, 2)
            with self.assertRaisesRegex(Refused, "ninety-nine"):
                list(Pipeline(2, signals, make, attempt).each([1, 99, 2, 3]))

    def test_a_log_that_was_cut(self) -> None:
        programs = support.Programs()
        self.addCleanup(programs.close)
        first = trial_log.TrialLog.new(programs.results, {"mutants": ["x/a", "x/b"]})
        first.add({"name": "x/a", "state": "killed"})
        first.close()
        with open(os.path.join(first.where, trial_log.LINES), "ab") as file:
            file.write(b'{"name": "x/b", "st')
        self.assertEqual(trial_log.find("latest", programs.results), first.where)
        again = trial_log.TrialLog.resumed(first.where)
        again.add({"name": "x/b", "state": "survived"})
        again.close()
        self.assertEqual(trial_log.TrialLog.resumed(first.where).done(), ["x/a", "x/b"])
        with open(os.path.join(first.where, trial_log.LINES), "ab") as file:
            file.write(b"{}\n")
        with self.assertRaisesRegex(Refused, "no mutant's"):
            trial_log.TrialLog.resumed(first.where)
        with self.assertRaisesRegex(Refused, "no mutants nowhere"):
            trial_log.find("nowhere", programs.results)

    def test_a_plan_as_listed(self) -> None:
        """The plan is in the order of the arguments, without what does not run with these sizes."""
        programs = [Program("", "x", name, cases={"c": ""}) for name in ("a", "b", "c")]
        programs[2].page_sizes = "pmd"

        def planned(*words: str, as_listed: bool = True) -> List[str]:
            return [one.name for one in make(programs, parse_patterns(words, ["1G"]), [], ["1G"],
                                             as_listed)]
        self.assertEqual(planned("x/b.c", "x/c", "x/a"), ["x/b", "x/a"])
        self.assertEqual(planned("x/b", "x/c", as_listed=False), ["x/b", "x/c@1G"])
        with self.assertRaisesRegex(Refused, "x/c does not run with pages of 1G"):
            planned("x/c", as_listed=False)
        with self.assertRaisesRegex(Refused, "nothing is named x/d"):
            planned("x/b", "x/d")
        with self.assertRaisesRegex(Refused, "nothing is selected"):
            planned("x/c")


@unittest.skipUnless(os.path.exists("/usr/bin/spatch"), "needs coccinelle: scripts/setup --lab")
class Checked(unittest.TestCase):
    """mutants --check, on a source of one file, with which nothing can be built."""

    GOOD = {"Breaks": "b", "Seen as": "s", "Caught by": "x/a.one x/*.rows_*",
            "Noticed by": "x/a.rows_anon, its own check", "Changes": "mm/a.c 1",
            "Guest": "--nodes 2", "Sizes": "2M,1G", "Since": "6.12"}

    def setUp(self) -> None:
        self.programs = support.Programs()
        self.addCleanup(self.programs.close)
        self.programs.add("a", support.GOOD, area="x", cases=("one", "rows_anon", "rows_file"))
        os.environ["XDG_CACHE_HOME"] = self.place("cache")
        self.addCleanup(os.environ.pop, "XDG_CACHE_HOME", None)
        self.put("source/Makefile", "VERSION = 6\nPATCHLEVEL = 12\n")
        self.put("source/mm/a.c", "void f(void)\n{\n\tone();\n}\nvoid g(void)\n{\n\tone();\n}\n")
        self.said = ""

    def place(self, name: str) -> str:
        """A path in the scratch folder."""
        return os.path.join(self.programs.path, name)

    def put(self, name: str, text: str) -> None:
        """A file in it."""
        os.makedirs(os.path.dirname(self.place(name)), exist_ok=True)
        with open(self.place(name), "w", encoding="utf-8") as file:
            file.write(text)

    def mutant(self, name: str, patch: str = "@@ @@\nf(...)\n{\n- one();\n}\n", **header: str
               ) -> None:
        """One of area x; an empty field is left out."""
        fields = {**self.GOOD, **{key.replace("_", " "): text for key, text in header.items()}}
        self.put(f"mutants/x/{name}.cocci", "".join(
            f"// {key}: {text}\n" for key, text in fields.items() if text) + patch)

    def call(self, *words: str) -> int:
        """The exit status of the command."""
        args = parse(["mutants", "--from", self.place("mutants"), *words])
        out = io.StringIO()
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
                return int(args.module.run(args))
        finally:
            self.said = out.getvalue()

    def checked(self, status: int, *words: str) -> Dict[str, Dict[str, Any]]:
        """What it finds, by the names of the mutants."""
        out = io.StringIO()
        args = parse(["mutants", "--check", "--json", "--from", self.place("mutants"),
                      *(words or ("--programs", self.programs.path,
                                  "--source", self.place("source")))])
        with contextlib.redirect_stdout(out):
            self.assertEqual(args.module.run(args), status, out.getvalue())
        self.assertEqual([*support.valid.wrong("mutants-check", json.loads(out.getvalue()))], [])
        return {one["name"][len("x/"):]: one for one in json.loads(out.getvalue())["mutants"]}

    def test_right(self) -> None:
        self.mutant("good")
        self.mutant("plain", Noticed_by="", Guest="", Sizes="", Since="")
        self.mutant("sized", Noticed_by="x/a.one@2M, kernel log")
        found = self.checked(0)
        self.assertEqual([(one["state"], one["wrong"]) for one in found.values()],
                         [("right", [])] * 3)
        self.assertEqual(self.call("--check", "--programs", self.programs.path, "--source",
                                   self.place("source"), "--jobs", "2", "good"), 0)
        self.assertRegex(self.said, r"\Ax/good +right\n1 mutant: 1 right, 0 wrong, 0 not all")

    def test_wrong(self) -> None:
        """Each fault is told, of each mutant; one that is wrong does not hide another."""
        wrong: Dict[str, Tuple[Dict[str, str], str]] = {
            "no_breaks": ({"Breaks": ""}, "no line `// Breaks: ...`"),
            "no_changes": ({"Changes": ""}, "no line `// Changes: ...`"),
            "unknown": ({"Guset": "--nodes 2"}, "unknown field Guset"),
            "near": ({"Caught-by": "x/a"}, "unknown field Caught-by"),
            "program": ({"Caught_by": "x/none"}, "no program is named x/none"),
            "pattern": ({"Caught_by": "x/a y/*"}, "no program is named y/*"),
            "case": ({"Caught_by": "x/a.none"}, "x/a has no case none"),
            "cases": ({"Caught_by": "x/a.none_*"}, "x/a has no case none_*"),
            "table": ({"Caught_by": "x/a.rows"}, "x/a has no case rows (but cases rows_*)"),
            "noticed": ({"Noticed_by": "x/a.gone, its own check"}, "x/a has no case gone"),
            "places": ({"Changes": "mm/a.c 2"}, "changes 1 places of mm/a.c, its header says 2"),
            "file": ({"Changes": "mm/a.c 1, mm/b.c 1"}, "this kernel has no mm/b.c"),
            "form": ({"Changes": "mm/a.c"}, "Changes is `FILE PLACES"),
            "guest": ({"Guest": "--nods 2"}, "Guest: unrecognized arguments: --nods 2"),
            "sizes": ({"Sizes": "huge"}, "Sizes is a list such as 2M,1G, not huge"),
            "since": ({"Since": "7"}, "Since is a version such as 6.13, not 7"),
            "until": ({"Until": "x"}, "Until is a version such as 6.13, not x"),
            "syntax": ({"patch": "@@ @@\nf(...\n"}, "spatch: "),
            "nothing": ({"patch": "@@ @@\n- two();\n"}, "changes 0 places of mm/a.c"),
            "Name": ({}, "a mutant's name is of a-z 0-9 _")}
        for name, (header, _) in wrong.items():
            self.mutant(name, **header)
        self.mutant("good")
        found = self.checked(1)
        self.assertEqual(found.pop("good")["state"], "right")
        for name, one in found.items():
            self.assertEqual(one["state"], "wrong", name)
            self.assertEqual(len(one["wrong"]), 1, one)
            self.assertIn(wrong[name][1], one["wrong"][0])
        self.mutant("both", Breaks="", Caught_by="x/none", Changes="mm/a.c 3")
        self.assertEqual(len(self.checked(1)["both"]["wrong"]), 3)
        self.assertEqual(self.call("--check", "--source", self.place("source"), "both"), 1)
        self.assertRegex(self.said, r"(?m)^x/both  WRONG  .*Breaks.*; .*changes 1 places.*$")

    def test_what_cannot_be_checked(self) -> None:
        """What is not there is told, how it comes there too, and the status is not that of
        success."""
        self.mutant("good")
        self.mutant("bad", Seen_as="")
        with mock.patch.object(lookups, "find", mock.Mock(side_effect=Refused("build them"))), \
                mock.patch.object(lookups.source, "packaged",
                                  lambda **_: Source(self.place("none"), "a", "a")):
            self.assertEqual(self.call("--check", "good"), 2)
            self.assertRegex(self.said, r"(?m)^x/good  unchecked  names; patch$")
            self.assertIn("names of programs and cases not checked: build them", self.said)
            self.assertIn(f"source is not in {self.place('none')}: `run_tests.py lab build` "
                          "unpacks it there", self.said)
            self.assertEqual(self.call("--check"), 1)
        self.put("tests/x/new.c", "")
        self.mutant("new", Caught_by="x/new.case")
        self.assertEqual(self.checked(1)["new"]["unchecked"], ["x/new is not built"])
        self.programs.add_text("dumb", "#!/bin/sh\nexit 3\n", area="x")
        self.mutant("new", Caught_by="x/dumb.case")
        self.assertIn("x/dumb: --describe: exit status 3", self.checked(1)["new"]["unchecked"][0])

    def test_of_a_later_kernel(self) -> None:
        """What the source has not got is passed over, as when mutants are tried."""
        self.mutant("later", Since="6.13", patch="@@ @@\n- two();\n")
        one = self.checked(0)["later"]
        self.assertEqual(one["state"], "right")
        self.assertIn("for Linux 6.13 and later, and the source is 6.12", one["passed_over"][0])
        self.mutant("earlier", Until="6.11", patch="@@ @@\n- two();\n")
        one = self.checked(0)["earlier"]
        self.assertEqual(one["state"], "right")
        self.assertIn("for Linux 6.11 and earlier, and the source is 6.12", one["passed_over"][0])

    def test_skeleton(self) -> None:
        """All that new-test leaves to be filled in is told, and nothing of it twice."""
        os.mkdir(self.place("scripts"))
        shutil.copy(os.path.join(support.TOP, "scripts", "new-test"), self.place("scripts"))
        subprocess.run([self.place("scripts/new-test"), "--mutant", "x/new"], check=True,
                       stdout=subprocess.DEVNULL, timeout=60)
        self.assertEqual(self.checked(1)["new"]["wrong"], [
            "the skeleton is not filled in: Breaks, Seen as, PROGRAM, CASE, FILE.c, FUNCTION, "
            "CALL"])

    @support.needs_root
    def test_compiled(self) -> None:
        """With --compile what a patch changes is compiled, of those alone that are right, and
        beside the kernel that is built."""
        self.put("source/Makefile", "VERSION = 6\nPATCHLEVEL = 12\nmm/%.o:\n"
                 "\t! grep nonsense mm/$*.c && cp mm/$*.c $(O)/mm/$*.o\n")
        self.put("build/mm/a.o", "as it was")
        self.mutant("good")
        self.mutant("bad", patch="@@ @@\nf(...)\n{\n- one();\n+ nonsense();\n}\n")
        self.mutant("places", Changes="mm/a.c 3")
        self.mutant("later", Since="6.13", patch="@@ @@\n- two();\n")
        self.put("source/mm/b.c", "void h(void)\n{\n\tone();\n}\n")
        self.mutant("other", patch="@@ @@\n- one();\n", Changes="mm/b.c 1")
        self.put("source/mm/a.h", "static void f(void)\n{\n\tone();\n}\n")
        self.mutant("header", Changes="mm/a.h 1")
        words = ("--compile", "--programs", self.programs.path, "--source", self.place("source"))
        self.put("source/arch/elsewhere/a.c", "void k(void)\n{\n\tone();\n}\n")
        self.mutant("strange", patch="@@ @@\n- one();\n", Changes="arch/elsewhere/a.c 1")
        tree = SimpleNamespace(source=SimpleNamespace(path=self.place("source")), words=[],
                               build=self.place("build"), ready=lambda: True,
                               arch=arch.of_this_machine())
        with mock.patch.object(lookups.kernel, "Tree", lambda *_: tree):
            found = self.checked(1, *words)
            self.assertEqual([name for name, one in found.items() if one["state"] == "right"],
                             ["good", "header", "later", "strange"])
            self.assertEqual(found["strange"]["passed_over"],
                             ["not compiled: it changes code of another architecture"])
            self.assertEqual(found["header"]["passed_over"],
                             ["not compiled: it changes only headers"])
            self.assertIn("does not compile: ", found["bad"]["wrong"][0])
            self.assertEqual([len(one["wrong"]) for one in found.values()], [1, 0, 0, 0, 1, 1, 0])
            self.assertIn("is built without mm/b.c", found["other"]["wrong"][0])
            tree.ready = lambda: False
            self.assertEqual(self.call("--check", *words, "good"), 2)
        self.assertRegex(self.said, r"(?m)^x/good  unchecked  compiling$")
        self.assertIn("compiling not checked: its kernel is not built", self.said)
        with open(self.place("build/mm/a.o"), encoding="ascii") as file:
            self.assertEqual(file.read(), "as it was")
        self.assertEqual(os.listdir(self.place("cache/hugeproof/lab/mutants")), [])
        with mock.patch("os.geteuid", lambda: 1000), \
                self.assertRaisesRegex(Refused, "--compile needs root"):
            self.call("--check", *words)

    def test_list_as_json(self) -> None:
        self.mutant("good")
        self.assertEqual(self.call("--list", "--json"), 0)
        found = json.loads(self.said)
        self.assertEqual([*support.valid.wrong("mutants-list", found)], [])
        self.assertEqual([one["name"] for one in found["mutants"]], ["x/good"])

    def test_refusals(self) -> None:
        self.mutant("good")
        for words in (["--list"], ["--all"], ["--keep"], ["--resume", "x"],
                      ["--generate", "mm/a.c"], ["--arch", "arm64"], ["--base-page", "4k"]):
            with self.assertRaisesRegex(Refused, f"does not go with {words[0]}"):
                self.call("--check", *words)
        with self.assertRaisesRegex(Refused, "--compile goes with --check"):
            self.call("--compile", "--list")
        with self.assertRaisesRegex(Refused, "--json goes with --list of the mutants"):
            self.call("--generate", "mm/a.c", "--list", "--json")
        with self.assertRaisesRegex(Refused, "no mutant is named none"):
            self.call("--check", "none")
        with self.assertRaisesRegex(Refused, "no programs in"):
            self.call("--check", "--programs", self.place("none"))
        with self.assertRaisesRegex(Refused, "no kernel source in"):
            self.call("--check", "--source", self.place("none"))


if __name__ == "__main__":
    support.main()
