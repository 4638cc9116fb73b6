#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Values, names and texts of programs that would break a reader, forge a line or control a
terminal: they are limited and reported, and every report is read back by an independent reader."""
from __future__ import annotations

import json
import os
import time
import unittest
from typing import Any, Dict, List, Optional, Tuple

import support
from support import GOOD
from runner.diagnostics import MAX_PROGRAM, Blocks
from runner.tap_stream import Tap, TapReader
from runner.text import clean

DEEP = 100000


def strictly(text: str) -> Any:
    """Strict JSON: no NaN, no half of a surrogate pair, no infinity."""
    def refuse(word: str) -> None:
        raise ValueError(word)
    value = json.loads(text, parse_constant=refuse)
    again = json.dumps(value, allow_nan=False, ensure_ascii=False)
    again.encode("utf-8")
    return value


def read(block: str) -> Tap:
    """A point with that block."""
    reader = TapReader()
    reader.feed(f"1..1\nok 1 - a\n  ---\n{block}\n  ...\n".encode())
    return reader.finish()


# A line of a block: the value that is kept, or else a part of the reason why it was dropped.
VALUES: Dict[str, Tuple[Any, Optional[str]]] = {
    "9" * 400: (None, "number too large"), "-" + "9" * 5000: (None, "number too large"),
    "18446744073709551616": (1 << 64, None), "18446744073709551617": (None, "too large"),
    "-18446744073709551615": (-(1 << 64) + 1, None), "1e999": (None, "number too large"),
    "-1e999": (None, "number too large"), "1e300": (1e300, None), "NaN": (None, "not a number"),
    "-Infinity": (None, "not a number"), "[1, [2, {\"x\": Infinity}]]": (None, "not a number"),
    "[" * DEEP: (None, "deep"), "[" * DEEP + "]" * DEEP: (None, "deep"),
    '{"a":' * DEEP + "1" + "}" * DEEP: (None, "deep"), "[" * 17 + "]" * 17: (None, "deep"),
    "[[[[[[[[1]]]]]]]]": ([[[[[[[[1]]]]]]]], None), '"\\ud800"': ("\\ud800", None),
    '"\\ud83d\\ude00"': ("\U0001f600", None), '{"\\udfff": 1}': ({"\\udfff": 1}, None),
    '"\\u0000\\u001b[31m\\u202e"': ("\0\x1b[31m\u202e", None),
}


class Values(unittest.TestCase):
    """One block."""

    def test_one(self) -> None:
        for text, (value, why) in VALUES.items():
            with self.subTest(text[:40]):
                began = time.monotonic()
                tap = read(f"  seed: 3\n  got: {text}\n  at: \"x\"")
                self.assertLess(time.monotonic() - began, 1)
                said = tap.points[0].diagnostics
                self.assertEqual(said["seed"], 3)
                self.assertEqual(said.get("got"), value)
                self.assertEqual("dropped" in said, bool(why), said.get("dropped"))
                if why:
                    self.assertIn(why, said["dropped"][0])
                    self.assertEqual(said["at"], "x")
                strictly(json.dumps(said))

    def test_a_line_and_a_block_are_bounded(self) -> None:
        tap = read(f'  got: "{"x" * (3 << 20)}"\n  seed: 3')
        self.assertEqual((tap.points[0].diagnostics, len(tap.problems)), ({"seed": 3}, 1))
        tap = read("\n".join(f'  k{n}: "{"x" * 900000}"' for n in range(4)))
        self.assertEqual(list(tap.points[0].diagnostics), ["k0", "k1", "dropped"])
        self.assertIn("beyond 2 MB", tap.points[0].diagnostics["dropped"][0])

    def test_keys_are_bounded(self) -> None:
        """Keys are limited, because no signal is handled while a block is read."""
        block = "\n".join(f"  k{n}: 1" for n in range(180000))
        reader = TapReader()
        for number in range(1, 4):
            reader.feed(f"ok {number} - a{number}\n  ---\n{block}\n".encode())
            began = time.process_time()
            reader.feed(b"  ...\n")
            self.assertLess(time.process_time() - began, 0.3)
            said = reader.tap.points[-1].diagnostics
            self.assertEqual(len(said), 4097)
            self.assertIn("bytes beyond 2 MB or 4096 keys", said["dropped"][0])
        self.assertEqual(reader.finish().problems, [])

    def test_what_has_no_room_is_not_decoded(self) -> None:
        blocks = Blocks()
        for _ in range(7):
            blocks.read([f"  got: \"{'x' * 900000}\""])
        began = time.process_time()
        values, _ = blocks.read(["  a: [" + "[]," * 340000 + "[]]", "  kind: \"leak\"", "  b: 1"])
        self.assertLess(time.process_time() - began, 0.2)
        assert values is not None
        self.assertEqual({key for key in values if key != "b"}, {"kind", "dropped"})
        self.assertIn("left of 6 MB", values["dropped"][0])

    def test_a_key_is_bounded(self) -> None:
        said = read(f"  {'k' * 100000}: 1\n  kind: \"leak\"").points[0].diagnostics
        self.assertEqual(said["kind"], "leak")
        self.assertIn("100000 characters", said["dropped"][0])
        self.assertEqual(read('  "a: b": 1').points[0].diagnostics, {"a: b": 1})
        said = read("\n".join(f"  k{n}: 1e999" for n in range(1000))).points[0].diagnostics
        self.assertEqual(len(said["dropped"]), 6)

    def test_no_yaml_is_slow(self) -> None:
        for block in ("\n".join(f"  - {n}: [foo, bar]" for n in range(20000)),
                      "  x: " + "[" * 250000, "  x: " + "{a: " * 60000,
                      "  ? " + "[a, " * 60000, "  x: |\n" + "    y\n" * 60000 + "    y",
                      "  x: 'y" + " " * 250000, "  x: &a [1]\n  y: [*a, *a]"):
            with self.subTest(block[:30]):
                began = time.monotonic()
                tap = read(block)
                self.assertLess(time.monotonic() - began, 1)
                self.assertEqual(len(tap.problems) or len(tap.points[0].diagnostics["dropped"]),
                                 1)
        # There is a limit for a whole program too: each block is short enough.
        reader = TapReader()
        block = "".join(f"  k{n}: [a, b, c]\n" for n in range(200))
        began = time.monotonic()
        for number in range(1, 1000):
            reader.feed(f"ok {number} - a{number}\n  ---\n{block}  ...\n".encode())
        self.assertLess(time.monotonic() - began, 5)
        self.assertTrue(reader.finish().problems)
        for block in ('  !!int "": 3', "  x: !!timestamp y", "  x: !!bool y", "  =: {=: 1}",
                      "  x: 2001-99-99", "  x: !!binary zzz", "  x: 2001-01-01",
                      "  x: !!python/object/apply:os.system [true]"):
            with self.subTest(block):
                self.assertLessEqual(len(read(block).problems), 1)

    def test_all_of_a_program(self) -> None:
        reader, size = TapReader(), 900000
        for number in range(1, 201):
            reader.feed(f"not ok {number} - a{number}\n  ---\n  got: \"{'x' * size}\"\n"
                        "  kind: \"leak\"\n  ...\n".encode())
        points = reader.finish().points
        self.assertEqual(len(points), 200)
        self.assertLess(len(json.dumps([point.diagnostics for point in points])),
                        MAX_PROGRAM + 200 * 200)
        self.assertEqual({point.diagnostics["kind"] for point in points}, {"leak"})
        self.assertIn("got", points[0].diagnostics)
        self.assertIn("left of 6 MB", points[-1].diagnostics["dropped"][0])
        # A value that is short on disk may be long in the record.
        blocks = Blocks()
        for _ in range(20):
            values, _ = blocks.read([f"  got: \"{chr(233) * 400000}\""])
        self.assertEqual(list(values or ()), ["dropped"])

    def test_clean_is_never_longer(self) -> None:
        for text in ("\x1b" * 1000, "\U000e0001" * 1000, "x" * 1000, "\ud800" * 101, "\x1b" * 99):
            self.assertLessEqual(len(clean(text, 100)), 100)
            self.assertTrue(clean(text, 100).isprintable())


BLOCK = "\n".join(f"    print({('  ' + key + ': ' + value)!r})" for key, value in (
    ("duration_ms", "9" * 400), ("expected", "1e999"), ("got", '"\\u001b[31m\\ud800\\u0000"'),
    ("step", '"a # SKIP \\\\ \\u2028\\u202e"'), ("at", '"x.c:3\\nok 9 - forged"'),
    ("check", '"]]><b>&amp;\\u007f\\u0085\\ufffe"'), ("observed", '{"a\\u001bb": "</pre>"}'),
    ("\u202eodd", "1"), ("true", "[]")))
NASTY = GOOD.replace("print(f'ok", "print(f'not ok").replace(
    "    print('  duration_ms: 0.1')", BLOCK) + "sys.exit(1)\n"
HUGE = GOOD.replace("    print('  duration_ms: 0.1')",
                    "    print('  got: \"' + 'x' * 1000000 + '\"')")


class Programs(support.Case):
    """Values that programs print to the runner."""

    def _results(self) -> List[Dict[str, Any]]:
        from runner.record import find_run
        path = os.path.join(find_run("latest", self.programs.results), "results.jsonl")
        with open(path, encoding="utf-8") as file:
            return [strictly(line) for line in file]

    def test_the_record_is_json(self) -> None:
        self.programs.add("nasty", NASTY)
        self.programs.add("huge", HUGE, cases=[f"c{n}" for n in range(50)], seconds=10)
        done = self.programs.run("func")
        self.assertEqual((done.returncode, "Traceback" in done.stderr), (1, False), done.stderr)
        found = {result["name"]: result for result in self._results()}
        said = found["bad/nasty"]["points"][0]
        self.assertEqual(said["verdict"], "fail")
        self.assertEqual(said["diagnostics"]["dropped"], [
            "duration_ms: a number too large", "expected: a number too large"])
        self.assertTrue(said["reason"].isprintable())
        self.assertEqual(len(found["bad/huge"]["points"]), 50)
        self.assertLess(len(json.dumps(found["bad/huge"])), MAX_PROGRAM + (1 << 20))

    def test_names_of_files(self) -> None:
        for name in ("x\nok 9 - forged", "x\x1b[31m", "x\u202ey", "x # SKIP y", "a@2M", "x\x85",
                     "\udcff\udcfe", "y" * 250, "x y", "]]>", "a\\x1b"):
            self.programs.add_text(name, support.SHEBANG + "print('{}')\n")
        self.programs.add("good", GOOD)
        for form in ("plain", "tap", "table", "libhugetlbfs"):
            done = self.programs.run("func", "--format", form)
            self.assertNotIn("Traceback", done.stderr)
            self.assertIn(done.returncode, (1, 3))
            self.assertEqual([c for c in done.stdout if not c.isprintable() and c not in "\n\t"],
                             [])
            self.assertNotIn("\nok 9", done.stdout)
        results = self._results()
        self.assertEqual(len(results), 12)
        for result in results:
            self.assertRegex(result["name"], r"\A[!-~]+\Z")
        done = self.programs.run("list")
        self.assertTrue(all(c.isprintable() or c == "\n" for c in done.stdout))

    def test_what_programs_say_of_themselves(self) -> None:
        for name, says in (
                ("summary", {"summary": "\x1b[31m\ud800\nforged: x"}),
                ("long", {"summary": "x" * 100000}), ("needs", {"needs": ["x\x1b\n"]}),
                ("many", {"needs": ["x"] * 5000}), ("allows", {"log_allows": [""]}),
                ("blank", {"log_allows": ["    "]}), ("params", {"params": [3]}),
                ("param", {"params": [{"name": "x", "default": "\x1b"}]})):
            self.programs.add(name, GOOD, **says)
        text = json.dumps({"format": 1, "name": "nan", "seconds": 1e400})
        self.programs.add_text("nan", support.SHEBANG + f"print({text!r})\n")
        self.programs.add_text("cut", support.SHEBANG + "print('{\"format\": 1' + '[' * 90000)\n")
        done = self.programs.run("list", "--json")
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        rows = {row["name"]: row for row in strictly(done.stdout)["programs"]}
        self.assertEqual({name for name, row in rows.items() if row["broken"]},
                         {f"bad/{name}" for name in ("long", "many", "allows", "blank", "params",
                                                     "nan", "cut")})
        self.assertEqual(rows["bad/summary"]["summary"], "\x1b[31m\\ud800\nforged: x")
        for words in (("list",), ("func",), ("func", "--format", "tap")):
            done = self.programs.run(*words)
            self.assertNotIn("Traceback", done.stderr)
            self.assertTrue(all(c.isprintable() or c in "\n\t" for c in done.stdout + done.stderr))
            self.assertNotIn("\nforged", done.stdout)


# Other content of a record, which may come from a guest or another machine.
WORDS = "\x1b]0;owned\x07\0\x85\u2028\u202e\ufffe\ud800\U000e0001 <&>\"']]> {{ 7 * 7 }} # SKIP \\ "
RECORD: List[Dict[str, Any]] = [
    {"name": "bad/x#skip_it@2M#2", "verdict": "kernel", "reason": WORDS + "\nok 9 - forged",
     "known": None, "page_size": "2M", "log": [WORDS, "BUG: " + WORDS], "log_processes": [WORDS],
     "complaints": ["BUG: " + WORDS], "left": {WORDS: [WORDS]}, "duration_ms": 1e300,
     "counters": {"before": {WORDS: 1}, "after": {WORDS: 10 ** 40}, "delta": {
         WORDS: 10 ** 40, "hugetlb." + WORDS: 10 ** 40}},
     "out": WORDS, "started": WORDS, "points": [
         {"name": "bad/x#skip_it.a@2M#2", "verdict": "fail", "reason": WORDS + "\n# x",
          "diagnostics": {WORDS: WORDS, "true": [[[WORDS]]], "k" * 5000: 1, "got": {"k" * 5000: 1},
                          "observed": {WORDS: {WORDS: WORDS}}, "step": WORDS, "lost": WORDS,
                          "duration_ms": 10 ** 60, "tries": [WORDS], "history": WORDS,
                          "deep": json.loads("[" * 30 + "]" * 30)}},
         {"name": "bad/x.b@2M", "verdict": "fail", "known": WORDS, "reason": WORDS,
          "diagnostics": {}},
         {"name": "bad/x.c@2M", "verdict": "skip", "reason": WORDS, "diagnostics": {}},
         {"name": "bad/x.t__a__b@2M", "verdict": "pass", "diagnostics": {
             "duration_ms": True, "metrics": [{"name": WORDS, "unit": WORDS[:40],
                                               "better": "lower", "value": 1e300}]}}]},
    {"name": "bad/tries@2M", "verdict": "pass", "points": [], "duration_ms": 10 ** 60,
     "tries": [{"reason": WORDS}]},
    {"name": "bad/disturbed", "verdict": "disturbed", "reason": WORDS, "points": []},
    {"name": "bad/broken", "verdict": "broken", "reason": WORDS, "points": []}]


class Reports(support.Case):
    """Each report of such a record, read by a reader of its format."""

    def _record(self, kind: str) -> str:
        folder = os.path.join(self.programs.results, "20200101-000000")
        os.makedirs(folder, exist_ok=True)
        run = {"format": 2, "run": WORDS, "plan": [result["name"] for result in RECORD],
               "kind": kind, "command": WORDS, "kernel": {"release": WORDS, "command_line": WORDS},
               "started": WORDS, "interrupted": WORDS, "processor": WORDS,
               "not_restored": [WORDS], "between": [{"complaints": [WORDS], "log": [WORDS]}],
               "hindered": [{"name": WORDS, "points": 1, "by": WORDS, "left": WORDS}]}
        with open(os.path.join(folder, "run.json"), "w", encoding="ascii") as file:
            json.dump(run, file)
        with open(os.path.join(folder, "results.jsonl"), "w", encoding="ascii") as file:
            file.writelines(json.dumps(result) + "\n" for result in RECORD)
        return folder

    def _report(self, *words: str) -> str:
        done = self.programs.run("report", "latest", *words)
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        for character in done.stdout:
            self.assertTrue(character.isprintable() or character in "\n\t", repr(character))
        self.assertNotIn("\nok 9", done.stdout)
        return done.stdout

    def _text(self, name: str, kind: str, *words: str) -> str:
        folder = self._record(kind)
        self._report(*words)
        with open(os.path.join(folder, name), encoding="utf-8", newline="") as file:
            return file.read()

    def test_text(self) -> None:
        for kind in ("func", "race", "load"):
            self._record(kind)
            for form in ("plain", "table", "libhugetlbfs", "tap"):
                with self.subTest(kind=kind, format=form):
                    self.assertIn("bad/", self._report("--format", form))

    def test_tap(self) -> None:
        from tap.parser import Parser  # type: ignore[import]
        text = self._text("results.tap", "func", "--tap")
        lines = list(Parser().parse_text(text))
        self.assertEqual([line for line in lines if line.category == "unknown"], [])
        tests = [line for line in lines if line.category == "test"]
        plan = [line for line in lines if line.category == "plan"]
        self.assertEqual((len(plan), plan[0].expected_tests), (1, len(tests)))
        self.assertEqual([test.number for test in tests], list(range(1, len(tests) + 1)))
        self.assertEqual([test.description for test in tests if test.skip],
                         ["- bad/x.c@2M", "- bad/disturbed"])
        self.assertEqual([test.description for test in tests if test.todo], ["- bad/x.b@2M"])
        first = next(test for test in tests if ".a@2M" in test.description)
        self.assertEqual(first.yaml_block["step"][-12:], WORDS[-12:])
        self.assertEqual(first.yaml_block["true"][0][0][0], first.yaml_block["step"])
        for test in tests:
            json.dumps(test.yaml_block).encode("utf-8")

    def test_junit(self) -> None:
        import xml.etree.ElementTree as tree
        try:
            from junitparser import JUnitXml  # type: ignore[import]
        except ImportError:
            self.skipTest("needs junitparser")
        text = self._text("junit.xml", "func", "--junit")
        root = tree.fromstring(text.encode("utf-8"))
        names = [case.get("name") for case in root.iter("testcase")]
        self.assertIn("c@2M", names)
        self.assertEqual(JUnitXml.fromstring(text.encode("utf-8")).tests, len(names))

    def test_junit_of_many_points_takes_no_longer_for_each(self) -> None:
        try:
            import junitparser  # type: ignore[import]  # noqa: F401  pylint: disable=unused-import
        except ImportError:
            self.skipTest("needs junitparser")
        cases = [f"c{number}" for number in range(4000)]
        self.programs.add("many", GOOD.replace("ok {", "not ok {") + "sys.exit(1)\n", cases=cases)
        self.programs.run("func", "bad/many")
        done = self.programs.run("report", "latest", "--junit", timeout=60)
        self.assertEqual(done.returncode, 1, done.stderr)

    def test_page(self) -> None:
        try:
            import jinja2  # type: ignore[import]  # noqa: F401  pylint: disable=unused-import
        except ImportError:
            self.skipTest("needs jinja2")
        from html.parser import HTMLParser
        for kind in ("func", "race", "load"):
            text = self._text("report.html", kind, "--html")
            for character in text:
                self.assertTrue(character.isprintable() or character in "\n\t", repr(character))
            self.assertNotIn("<&>", text)
            self.assertIn("{{ 7 * 7 }}", text)
            tags: List[str] = []
            parser = HTMLParser()
            parser.handle_starttag = (  # type: ignore[method-assign]
                lambda tag, attrs, into=tags: into.append(tag))  # type: ignore[misc]
            parser.feed(text)
            self.assertIn("table", tags)

    def test_compare(self) -> None:
        for package in ("scipy", "matplotlib", "jinja2", "rich"):
            try:
                __import__(package)
            except ImportError:
                self.skipTest(f"needs {package}")
        metrics = [{"name": name, "unit": unit, "better": "lower", "value": 7}
                   for name, unit in (("[/red] :smile: <b>", "$x"), ("\x1b[31m\u202e$$", "[/red]"),
                                      ("\ud800", "\x1b$\\frac{"), ("x\nforged", "ns"))]
        self.programs.add("odd", GOOD.replace("    print('  ...'", "    print('  metrics: ' + "
                                              f"{json.dumps(metrics)!r})\n    print('  ...'"),
                          area="load", kind="load", cases=["a"])
        histogram = {"unit": "ns", "better": "lower", "count": 3, "min": 1, "max": 5}
        metrics = [{"name": f"v{value}", "unit": "s", "better": "higher", "value": value}
                   for value in (1e300, -1e300, 0, 5e-324, 1 << 64)]
        metrics += [{"name": f"h{number}", **histogram, "histogram": pairs, **more}
                    for number, (pairs, more) in enumerate((
                        ([10 ** 7, 5000], {}), ([1 << 63, 5000], {}), ([54 * 1024, 5000], {}),
                        ([1, 1 << 64], {}), ([5, 2000], {"min": 1e300, "max": -1e300}),
                        ([5], {}), ([-1, 5], {}), ([[1], 5], {}), ("x", {}), ([0, 0], {})))]
        self.programs.add("extreme", GOOD.replace("    print('  ...'", "    print('  metrics: ' + "
                                                  f"{json.dumps(metrics)!r})\n    print('  ...'"),
                          area="load", kind="load", cases=["a"])
        for _ in range(2):
            self.assertEqual(self.programs.run("perf", "--repeat", "2").returncode, 0)
        words = [*sorted(os.listdir(self.programs.results)), "--results", self.programs.results]
        done = self.programs.run("compare", "--all", *words)
        # matplotlib may warn of an overflow.
        self.assertEqual((done.returncode, "Traceback" in done.stderr), (0, False), done.stderr)
        self.assertTrue(all(c.isprintable() or c == "\n" for c in done.stdout))
        self.assertNotIn("\nforged", done.stdout)
        self.assertIn("[/red]", done.stdout)
        folder = next(name for name in os.listdir(self.programs.results) if "compare" in name)
        with open(os.path.join(self.programs.results, folder, "compare.json"),
                  encoding="utf-8") as file:
            figures = strictly(file.read())["figures"]
        self.assertEqual(sum("load/odd" in figure["name"] for figure in figures), 4)
        self.assertFalse({"load/extreme.a h0", "load/extreme.a h1"}
                         & {figure["name"] for figure in figures})
        with open(os.path.join(self.programs.results, folder, "compare.html"),
                  encoding="utf-8") as file:
            text = file.read()
        self.assertTrue(all(c.isprintable() or c in "\n\t" for c in text))
        self.assertNotIn("<b>", text)


if __name__ == "__main__":
    support.main()
