#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Generated mutants: how the operators change C, which mutants are chosen, how they are tried, and
how they are counted. With fake kernels."""
from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from collections import Counter
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Dict, List, Optional, Set, Tuple
from unittest import mock

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fake_kernels  # noqa: E402  pylint: disable=wrong-import-position
from fake_kernels import support  # noqa: E402  pylint: disable=wrong-import-position

# pylint: disable=wrong-import-position
from runner import cli, endings  # noqa: E402
from runner.coverage.counts import Counts  # noqa: E402
from runner.coverage.data import Coverage, save  # noqa: E402
from runner.errors import Interrupted, Refused  # noqa: E402
from runner.lab import arch, patch  # noqa: E402
from runner.mutants import equivalent, trial_log, mutant, rates, sites  # noqa: E402
from runner.mutants.generated import Generated, Means, Wanted  # noqa: E402
from runner.mutants.operators import OPERATORS  # noqa: E402
from runner.mutants.unit import Unit, cindex, names  # noqa: E402
from runner.run import Signals  # noqa: E402
from runner.schema import checker  # noqa: E402

SOURCE = """\
#define unlikely(x) (x)
#define FLAG_A 1
#define FLAG_B 2
#define each(i, n) for (i = 0; i < (n); i++)
#define WARN_ON(x) ((x) ? report(x) : 0)
#define SUM(a, b) ({ int r = (a) < (b); r; })
int report(int x);
void lock(int *l);
void unlock(int *l);
int use(int *a, int *b, unsigned long flags);
static int table[FOUR];

int work(int *a, int *b, int n)
{
    int i, ret = 0;

    if (unlikely(!a))
        return -1;
    lock(a);
    each(i, n) {
        ret += table[i];
        if (i <= 3)
            continue;
        else
            *b = 1;
    }
    ret = use(a, b,
          FLAG_A | FLAG_B);
    if (ret) {
        *a = 0;
        goto out;
    }
    WARN_ON(n < 2);
    while (n > 7)
        n--;
    *b = SUM(n, 3);
#ifdef NEVER
    never(a);
#endif
    *a = n ? 5 : 6;
out:
    unlock(a);
    return ret;
}

void other(int *a)
{
    *a = 1;
    *a = 1;
}
""".replace("    ", "\t")
NAME = "mm/a.c"
MADE = {
    ("error_path_skipped", "unlikely(!a)", "((unlikely(!a)) && 0)"),
    ("condition_true", "unlikely(!a)", "((unlikely(!a)) || 1)"),
    ("condition_negated", "ret", "!(ret)"), ("error_path_skipped", "ret", "((ret) && 0)"),
    ("condition_false", "i <= 3", "((i <= 3) && 0)"), ("condition_negated", "i <= 3", "!(i <= 3)"),
    ("condition_true", "i <= 3", "((i <= 3) || 1)"), ("boundary_moved", "<=", "<"),
    ("condition_negated", "n > 7", "!(n > 7)"), ("condition_false", "n > 7", "((n > 7) && 0)"),
    ("boundary_moved", ">", ">="),
    ("condition_negated", "n", "!(n)"), ("condition_true", "n", "((n) || 1)"),
    ("condition_false", "n", "((n) && 0)"),
    ("statement_dropped", "lock(a)", "(void)0"), ("statement_dropped", "unlock(a)", "(void)0"),
    ("statement_dropped", "ret += table[i]", "(void)0"),
    ("statement_dropped", "*a = 0", "(void)0"), ("statement_dropped", "*b = 1", "(void)0"),
    ("statement_dropped", "*b = SUM(n, 3)", "(void)0"),
    ("statement_dropped", "*a = n ? 5 : 6", "(void)0"),
    ("statement_dropped", "ret = use(a, b,\n\t\t  FLAG_A | FLAG_B)", "(void)0\n"),
    ("flag_left_out", "FLAG_A | FLAG_B", "FLAG_A"), ("flag_left_out", "FLAG_A | FLAG_B", "FLAG_B"),
    ("arguments_swapped", "a, b", "b, a"),
    ("one_more", "table[i]", "(table[i]) + 1"), ("one_less", "i", "(i) - 1"),
    ("one_more", "FLAG_A | FLAG_B", "(FLAG_A | FLAG_B) + 1"),
    ("one_less", "ret", "(ret) - 1"), ("one_more", "0", "(0) + 1"), ("one_less", "1", "(1) - 1"),
    ("one_more", "-1", "(-1) + 1"), ("one_more", "SUM(n, 3)", "(SUM(n, 3)) + 1"),
}
NEEDS_CLANG = unittest.skipIf(cindex is None, "needs python3-clang: scripts/setup --lab")


class WithSource(unittest.TestCase):
    """A lab with a source that clang reads, and programs of area x."""

    # A part of an edited source, and the kernel that is made of it.
    KERNELS = {"!(ret)": "unfit", "((ret) && 0)": "same", "!(i <= 3)": "boot dies\n",
               "(void)0": "x/b fail\n"}

    def setUp(self) -> None:
        self.lab = fake_kernels.Lab(dict(self.KERNELS))
        self.lab.begin()
        self.addCleanup(self.lab.end)
        self.lab.source(NAME, SOURCE)
        self.top = self.lab.programs.path
        for name in ("a", "b", "slow"):
            self.lab.programs.add(name, support.GOOD, area="x", cases=("x",))
        self.lab.programs.add("far", support.GOOD, area="y", cases=("x",))
        self.said = ""

    def unit(self) -> Unit:
        """The source, read."""
        return Unit(os.path.join(self.top, "build"), NAME)

    def sites(self, function: str = "work") -> List[sites.Site]:
        """All of a function."""
        return sites.of(self.unit(), function)


@NEEDS_CLANG
class Operators(WithSource):
    """Which places are found, and how they are changed."""

    def made(self) -> Set[Tuple[str, str, str]]:
        """Operator, before, after."""
        text = self.unit().text
        return {(one.change.operator, text[one.change.begin:one.change.end].decode(),
                 one.change.text.decode()) for one in self.sites()}

    def test_each(self) -> None:
        self.assertEqual(MADE - self.made(), set())
        used = {one[0] for one in self.made()}
        self.assertEqual(set(OPERATORS) - used, {"unlock_order"})

    def test_an_unlock_too_early(self) -> None:
        self.lab.source(NAME, SOURCE.replace("out:\n\tunlock(a);", "\t*a = 9;\n\tunlock(a);\nout:"))
        self.assertIn(("unlock_order", "*a = 9;\n\tunlock(a)", "unlock(a);\n\t*a = 9"),
                      self.made())

    def test_what_a_macro_makes_is_left_alone(self) -> None:
        """So is code that only reports or is not built, and the condition of an endless loop."""
        for operator, before, after in self.made():
            for word in ("WARN_ON", "never", "i < ", "(a) < (b)", "n < 2"):
                self.assertNotIn(word, before, operator)
            self.assertNotEqual(after, "((n > 7) || 1)")

    def test_all_of_them_are_c(self) -> None:
        """And none changes the number of a later line."""
        text = self.unit().text
        for site in self.sites() + self.sites("other"):
            broken = site.broken(text)
            self.assertEqual(broken.count(b"\n"), text.count(b"\n"))
            self.assertNotEqual(broken, text)
            done = subprocess.run(["gcc", "-fsyntax-only", "-std=gnu11", "-DFOUR=4", "-xc", "-"],
                                  input=broken, stderr=subprocess.PIPE, check=False)
            self.assertEqual(done.returncode, 0, site.diff(text) + done.stderr.decode())

    def test_nothing_twice(self) -> None:
        places = [(one.change.begin, one.change.end, one.change.text) for one in self.sites()]
        self.assertEqual(len(places), len(set(places)))
        self.assertEqual(len({one.key for one in self.sites()}), len(places))

    def test_what_clang_cannot_read_is_refused(self) -> None:
        with self.assertRaisesRegex(Refused, "built without mm/b.c"):
            Unit(os.path.join(self.top, "build"), "mm/b.c")
        self.lab.source(NAME, "int f(void) { return none; }\n")
        with self.assertRaisesRegex(Refused, "line 1: use of undeclared identifier"):
            self.unit()
        self.lab.source(NAME, SOURCE)
        with self.assertRaisesRegex(Refused, "no function none"):
            self.sites("none")
        with mock.patch("runner.mutants.unit.cindex", None):
            with self.assertRaisesRegex(Refused, "python3-clang is not installed"):
                self.unit()

    def test_the_working_folder_stays(self) -> None:
        """The build uses relative paths, so the working folder must not change."""
        before = os.getcwd()
        self.assertIn(b"FOUR", self.unit().text)
        self.assertEqual(os.getcwd(), before)

    def test_names(self) -> None:
        source = os.path.join(self.top, "source")
        self.assertEqual(names(["mm/a.c", "mm/a.c:work", "other", "other"], [NAME], source),
                         [(NAME, ""), (NAME, "work"), (NAME, "other")])
        for word, refusal in (("mm/none.c", "no mm/none.c"), ("report", "in none of the sources"),
                              ("use", "in none of the sources")):
            with self.assertRaisesRegex(Refused, refusal):
                names([word], [NAME], source)


@NEEDS_CLANG
class Chosen(WithSource):
    """Keys, executed lines, samples."""

    def test_a_key_outlives_other_lines(self) -> None:
        before = {one.key: one.diff(self.unit().text) for one in self.sites()}
        more = SOURCE.replace("int i, ret = 0;", "int i, ret = 0;\n")
        self.lab.source(NAME, "\n\nint more;\n" + more)
        self.assertEqual({one.key for one in self.sites()}, set(before))
        twins = [one.key for one in self.sites("other")
                 if one.change.operator == "statement_dropped"]
        self.assertEqual([key[-2:] for key in twins], [("*a = 1;", 0), ("*a = 1;", 1)])

    def coverage(self, **programs: Set[int]) -> Coverage:
        """Coverage with lines that programs of x reached; all others of the function were not."""
        found = Coverage("b", os.path.join(self.top, "source"), "6.12.0")
        lines = dict.fromkeys(range(13, 44), 0)
        lines.pop(28)  # A line that belongs to a statement.
        for name, reached in programs.items():
            counts = Counts({**lines, **dict.fromkeys(reached, 2)})
            found.add_program(f"x/{name}@2M", {NAME: counts})
        return found

    def test_only_what_was_executed(self) -> None:
        found = sites.executed(self.sites(), self.coverage(a={17, 27}))
        self.assertEqual({one.change.operator for one in found if one.change.line == 17},
                         {"condition_negated", "condition_true"})
        # The error path was not executed: leaving it out changes nothing.
        self.assertNotIn("error_path_skipped", {one.change.operator for one in found})
        self.assertLessEqual({one.change.line for one in found}, {17, 27, 28})
        self.assertIn("flag_left_out", {one.change.operator for one in found})
        with self.assertRaisesRegex(Refused, "counted nothing in mm/a.c"):
            sites.executed(self.sites(), Coverage("b", "s", "6.12.0"))

    def test_only_who_reached_it(self) -> None:
        site = next(one for one in self.sites() if one.change.line == 17)
        coverage = self.coverage(a={17}, b={27})
        self.assertEqual(sites.reaching(site, ["x/a", "x/b", "x/new"], coverage),
                         ["x/a", "x/new"])
        self.assertEqual(sites.reaching(site, ["x/a", "x/b"], None), ["x/a", "x/b"])

    def test_a_sample_is_the_seed_s(self) -> None:
        there = self.sites()
        some = sites.sample(there, 9, 3)
        self.assertEqual(some, sites.sample(list(reversed(there)), 9, 3))
        self.assertEqual(some[:4], sites.sample(there, 4, 3))
        self.assertNotEqual(some, sites.sample(there, 9, 4))
        self.assertEqual(len(sites.sample(there, 1000, 3)), len(there))

    def test_a_sample_favours_nobody(self) -> None:
        """Over many seeds each place is chosen equally often, within the limits of chance."""
        there = self.sites()
        times = Counter(one.key for number in range(600) for one in sites.sample(there, 10, number))
        expected = 6000 / len(there)
        self.assertEqual(len(times), len(there))
        for key, number in times.items():
            self.assertLess(abs(number - expected), 5 * expected ** 0.5, key)


class Counted(unittest.TestCase):
    """Rates, and equivalent mutants."""

    def test_wilson(self) -> None:
        for killed, of, low, high in ((0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0),
                                      (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662)):
            got = rates.wilson(killed, of)
            self.assertAlmostEqual(got[0], low, 3)
            self.assertAlmostEqual(got[1], high, 3)
        self.assertEqual(rates.wilson(0, 0), (0.0, 1.0))

    def test_only_two_states_make_the_rate(self) -> None:
        lines = [{"state": state, "file": "mm/a.c", "operator": "one_more"} for state in (
            "killed", "killed", "survived", "same", "equivalent", "unbuildable", "unbootable")]
        found = rates.rates(lines)
        self.assertEqual(found["all"]["rate"], 0.6667)
        self.assertEqual(found["operators"]["one_more"], found["all"])
        self.assertIn("  2 of   3 killed,  67% (21% to 94%); 1 marked equivalent, 1 same object "
                      "code, 1 not built, 1 not booted", rates.table(found)[0])
        self.assertIn("nothing to rate", rates.table(rates.rates(lines[3:]))[0])

    def test_marked(self) -> None:
        with tempfile.TemporaryDirectory(prefix="hugeproof-selftest-", dir="/run") as folder:
            path = os.path.join(folder, equivalent.FILE)
            self.assertEqual(equivalent.load(path), {})
            one: Dict[str, Any] = {
                "file": NAME, "function": "f", "operator": "one_more", "line": "x = 1;",
                "ordinal": 0, "reason": "x is not looked at"}
            for value, refusal in (([one], None), ([one, one], "twice"),
                                   ([{**one, "operator": "none"}], "operator"),
                                   ([{**one, "reason": ""}], "reason"), ([{**one, "at": 3}], "at")):
                with open(path, "w", encoding="ascii") as file:
                    json.dump({"format": 1, "equivalent": value}, file)
                if refusal:
                    with self.assertRaisesRegex(Refused, refusal):
                        equivalent.load(path)
                else:
                    self.assertEqual(list(equivalent.load(path).values()), [one["reason"]])
        equivalent.load(os.path.join(mutant.folder(), equivalent.FILE))
        schema = json.loads(_text(os.path.join(support.TOP, "doc", "schema",
                                               "mutants-equivalent.schema.json")))
        item = schema["properties"]["equivalent"]["items"]
        self.assertEqual(item["properties"]["operator"]["enum"], list(OPERATORS))


def _text(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


@NEEDS_CLANG
class Tried(WithSource):
    """How a sample is tried."""

    def means(self) -> Means:
        """With one mutant by hand, which x/a notices."""
        return Means([mutant.Mutant("", "x", "m", caught_by=["x/a"], changes={NAME: 1})],
                     os.path.join(self.top, equivalent.FILE), programs=self.top,
                     results=self.lab.programs.results)

    def tried(self, words: Tuple[str, ...] = ("work",), resume: Optional[str] = None,
              number: int = 1000, coverage: Optional[str] = None, jobs: int = 1) -> int:
        """The exit status of a call."""
        out = io.StringIO()
        means = replace(self.means(), jobs=jobs, resume=resume)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), \
                    mock.patch("runner.mutants.generated.FILES", (NAME,)), Signals() as signals:
                self.call = Generated(Wanted(words, number, 5, coverage), means)
                return self.call.go(signals)
        finally:
            self.said = out.getvalue()

    def lines(self) -> List[Dict[str, Any]]:
        """Of the record."""
        return [json.loads(line) for line in _text(os.path.join(
            self.call.log.where, trial_log.LINES)).splitlines()]

    def test_each_end(self) -> None:
        marked = self.sites()[0]
        with open(os.path.join(self.top, equivalent.FILE), "w", encoding="ascii") as file:
            json.dump({"format": 1, "equivalent": [dict(zip((
                "file", "function", "operator", "line", "ordinal"), marked.key),
                reason="for a test")]}, file)
        self.assertEqual(self.tried(), 1)
        found = Counter(line["state"] for line in self.lines())
        self.assertEqual(len(self.lines()), len(self.sites()))
        self.assertEqual({state: found[state] for state in (
            "equivalent", "same", "unbuildable", "unbootable")}, {
                "equivalent": 1, "same": 1, "unbuildable": 1, "unbootable": 1})
        killed = [line for line in self.lines() if line["state"] == "killed"]
        self.assertEqual({line["operator"] for line in killed}, {"statement_dropped"})
        self.assertEqual({line["by"] for line in killed}, {"x/b.x"})
        # The area is that of the header; a program that noticed once runs first from then on.
        self.assertTrue(all(name.startswith("x/") for ran in self.lab.guests.ran for name in ran))
        # (From when the next guest hears of it, which may begin before.)
        self.assertIn("x/b", [ran[0] for ran in self.lab.guests.ran])
        self.assertIn("survived: mm/a.c:work:one_more:", self.said)
        self.assertIn("+\t\treturn (-1) + 1;", self.said)
        with open(os.path.join(self.call.log.where, "rates.json"), encoding="ascii") as file:
            self.assertEqual(json.load(file)["all"]["killed"], len(killed))
        for line in self.lines():
            self.assertEqual(line["diff"].count("\n@@"), 1)

    def test_a_signal_loses_nothing(self) -> None:
        """Mutants that were tried are not tried again."""
        self.tried(number=1)
        self.lab.guests.ran.clear()
        self.lab.guests.slow, self.lab.guests.before_end = 0.05, 10
        with self.assertRaises(Interrupted):
            self.tried(number=8)
        self.assertLess(time.monotonic() - self.lab.guests.reported_at, 1.0)
        before = self.lines()
        self.assertTrue(0 < len(before) < 8, len(before))
        self.assertIn(f"{8 - len(before)} not tried", self.said)
        self.lab.guests.slow, self.lab.guests.before_end = 0.0, None
        self.tried(number=8, resume=self.call.log.where)
        self.assertEqual(self.lines()[:len(before)], before)
        self.assertEqual(len({line["name"] for line in self.lines()}), 8)
        self.lab.source(NAME, SOURCE.replace("6", "7"))
        with self.assertRaisesRegex(Refused, "another kernel, or another version"):
            self.tried(number=9, resume=self.call.log.where)

    def test_side_by_side(self) -> None:
        self.tried(number=1)
        self.lab.guests.slow = 0.02
        self.tried(number=6, jobs=3)
        self.assertGreater(self.lab.guests.most, 1)
        self.assertEqual(len(self.lines()), 6)

    def test_by_coverage(self) -> None:
        """Only executed lines, and only programs that reached them."""
        coverage = Coverage("b", os.path.join(self.top, "source"), "6.12.0")
        for name in ("a", "b", "slow"):
            coverage.add_program(f"x/{name}", {NAME: Counts({17: int(name == "b"), 18: 0, 27: 0})})
        path = os.path.join(self.top, "coverage.json")
        save(coverage, path)
        self.assertIsNone(checker("coverage")(json.loads(_text(path))))
        self.tried(coverage=path)
        self.assertEqual({line["at"] for line in self.lines()}, {17})
        self.assertEqual(self.lab.guests.ran[1:], [["x/b"]] * len(self.lines()))
        self.assertNotIn("without --coverage", self.said)
        self.tried(number=1)
        self.assertIn("without --coverage", self.said)
        with self.assertRaisesRegex(Refused, "nothing can be changed there in a line that was"):
            self.tried(("other",), coverage=path)

    def test_areas(self) -> None:
        """The areas of the header, those requested, or all if nothing ever noticed a fault
        there."""
        found = []
        for asked, mutants in (((), self.means().mutants), (("y",), ()), ((), ())):
            call = Generated(Wanted((NAME,), 1, 1, areas=asked), replace(
                self.means(), mutants=mutants))
            found.append(call.areas(self.sites()))
        self.assertEqual(found, [["x"], ["y"], ["x", "y"]])
        with self.assertRaisesRegex(Refused, "no area z: there are x, y"):
            Generated(Wanted((NAME,), 1, 1, areas=["z"]), self.means()).areas([])

    def test_a_signal_while_places_are_looked_for(self) -> None:
        """A signal while places are searched, which takes ten seconds for mm/hugetlb.c."""
        def slow(*_: Any) -> List[Any]:
            ends = time.monotonic() + 20
            while time.monotonic() < ends:
                time.sleep(0.01)
            return []

        handlers = {number: signal.getsignal(number) for number in endings.NUMBERS}
        for words in (["--list"], []):
            timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM))
            said = io.StringIO()
            with self.subTest(words), mock.patch("runner.mutants.sites.of", slow), \
                    contextlib.redirect_stderr(said), endings.raising():
                timer.start()
                began = time.monotonic()
                status = cli._main(["mutants", "--generate", NAME, "--programs", self.top, *words])
                self.assertLess(time.monotonic() - began, 5)
                self.assertEqual(status[0], 2)
            timer.join()
            self.assertIn("interrupted by SIGTERM", said.getvalue())
            # After an interruption no further signal is handled, or not soon.
            time.sleep(endings.AGAIN_SECONDS)
            for number, handler in handlers.items():
                signal.signal(number, handler)


class Objects(unittest.TestCase):
    """Edits, built."""

    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory(prefix="hugeproof-selftest-", dir="/run")
        self.addCleanup(scratch.cleanup)
        self.path = scratch.name
        os.environ["XDG_CACHE_HOME"] = os.path.join(self.path, "cache")
        self.addCleanup(os.environ.pop, "XDG_CACHE_HOME", None)

    @support.needs_root
    @unittest.skipUnless(os.path.exists("/usr/bin/spatch"), "needs coccinelle: scripts/setup --lab")
    def test_the_compiler_says_what_is_the_same(self) -> None:
        source, build = (os.path.join(self.path, name) for name in ("source", "build"))
        for folder in (source, build):
            os.makedirs(os.path.join(folder, "mm"))
        text = b"int f(int a)\n{\n\treturn a + 0;\n}\n"
        with open(os.path.join(source, NAME), "wb") as file:
            file.write(text)
        with open(os.path.join(source, "Makefile"), "w", encoding="ascii") as file:
            file.write("bzImage:\n\tmkdir -p $(O)/arch/x86/boot && gcc -g -O2 -c -o $(O)/mm/a.o "
                       "mm/a.c && cp $(O)/mm/a.o $(O)/arch/x86/boot/bzImage\n")
        subprocess.run(["make", "-s", "-C", source, f"O={build}", "bzImage"], check=True)
        shop = patch.Workshop(SimpleNamespace(source=SimpleNamespace(path=source), build=build,
                                              arch=arch.X86_64, words=[]), 1)
        self.addCleanup(shop.close)
        for name, changed, same in (("one", b"a | 0", True), ("two", b"a + 1", False)):
            made = shop.make(patch.Edit(name, NAME, text.replace(b"a + 0", changed)))
            self.assertEqual(made.same, same, name)
        with self.assertRaisesRegex(patch.Unfit, "does not compile"):
            shop.make(patch.Edit("three", NAME, text.replace(b"a + 0", b"none")))
        with open(os.path.join(source, NAME), "rb") as file:
            self.assertEqual(file.read(), text)


if __name__ == "__main__":
    support.main()
