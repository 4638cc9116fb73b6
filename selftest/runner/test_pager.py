#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What list and report show first, and the pager, which only a terminal has."""
from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import time
from typing import Any, Dict, Tuple

import support
from support import GOOD

POINTS = {"a": "pass", "b": "fail", "c": "skip"}


class First(support.Case):
    """A record of one program, and the program."""

    def setUp(self) -> None:
        super().setUp()
        folder = os.path.join(self.programs.results, "20200101-000000")
        os.makedirs(folder)
        run = {"format": 2, "run": "20200101-000000", "plan": ["x/p", "x/q"], "seed": 3,
               "kernel": {"release": "6.1"}}
        result = {"name": "x/p", "verdict": "fail", "duration_ms": 5, "points": [
            {"name": f"x/p.{case}", "verdict": word, "known": None, "diagnostics": {},
             "reason": None if word == "pass" else f"why {case}"}
            for case, word in POINTS.items()]}
        for name, value in (("run.json", run), ("results.jsonl", result)):
            with open(os.path.join(folder, name), "w", encoding="ascii") as file:
                file.write(json.dumps(value) + "\n")
        self.programs.add("p", GOOD, area="x", summary="does it work?", needs=["root"])
        self.programs.add_text("mute", support.SHEBANG, area="x")

    def _on_terminal(self, *words: str, number: int = 0, **environment: str) -> Tuple[int, str]:
        """The exit status, and what a terminal shows. `number`: a signal that is sent when it
        shows something."""
        master, slave = pty.openpty()
        kept = {name: value for name, value in os.environ.items() if name != "PAGER"}
        with subprocess.Popen(self.programs.command(*words), stdin=slave, stdout=slave,
                              stderr=slave, cwd=self.programs.path,
                              env={**kept, "TERM": "dumb", **environment}) as child:
            os.close(slave)
            shown = b""
            try:
                while True:
                    piece = os.read(master, 65536)
                    if not piece:
                        break
                    shown += piece
                    if number:
                        child.send_signal(number)
                        number = 0
            except OSError:
                pass
            os.close(master)
        return child.returncode, shown.decode().replace("\r\n", "\n")

    def test_list(self) -> None:
        done = self.programs.run("list")
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        self.assertEqual(done.stdout, "2 programs, 2 cases, 1 quick, 1 broken\nBroken:\n"
                         "  x/mute: --describe: not JSON\nx/p: does it work? [quick, 2 cases]\n")
        text = self.programs.run("list", "--all").stdout
        self.assertIn("x/p: does it work?\n    a: \n    b: \n    [quick, sizes -, needs root]\n",
                      text)
        self.assertIn("\nx/mute: --describe: not JSON\n", text)

    def test_report(self) -> None:
        done = self.programs.run("report", "latest")
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        lines = done.stdout.splitlines()
        self.assertEqual(lines[:3], ["1 passed, 1 failed, 1 skipped on kernel 6.1", "Failed:",
                                     "  fail    x/p.b: why b"])
        self.assertEqual(lines[-1], "1 passed, 1 failed, 1 skipped")
        self.assertIn("the run was cut:\n  x/q\n", done.stdout)
        self.assertNotIn("x/p.a", done.stdout)
        self.assertIn("pass    x/p.a\n", self.programs.run("report", "latest", "--all").stdout)

    def test_a_format_is_complete(self) -> None:
        for form, word in (("plain", "pass    x/p.a\n"), ("tap", "ok 1 - x/p.a\n")):
            done = self.programs.run("report", "latest", "--format", form)
            self.assertIn(word, done.stdout)

    def test_json(self) -> None:
        def said(*words: str) -> Dict[str, Any]:
            done = self.programs.run("report", "latest", "--json", *words)
            self.assertEqual((done.returncode, done.stderr), (1, ""))
            found: Dict[str, Any] = json.loads(done.stdout)
            return found
        found = said()
        self.assertEqual({key: found[key] for key in ("format", "run", "status", "missing", "seed",
                                                      "interrupted")},
                         {"format": 1, "run": "20200101-000000", "status": 1, "missing": ["x/q"],
                          "seed": 3, "interrupted": None})
        self.assertEqual((found["counts"]["passed"], found["counts"]["failed"]), (1, 1))
        self.assertEqual(found["points"], [
            {"name": "x/p.b", "verdict": "fail", "reason": "why b", "known": None},
            {"name": "x/p.c", "verdict": "skip", "reason": "why c", "known": None}])
        self.assertEqual(len(said("--all")["points"]), 3)

    @support.needs_root
    def test_json_at_the_end_of_a_run(self) -> None:
        self.programs.add("bad", "print('TAP version 14\\n1..2\\nok 1 - a\\nnot ok 2 - b')\n"
                          "sys.exit(1)\n", seconds=5)
        done = self.programs.run("func", "--json", "--programs", self.programs.path, "bad/bad")
        self.assertEqual(done.returncode, 1)
        again = self.programs.run("report", "latest", "--json")
        self.assertEqual(json.loads(done.stdout), json.loads(again.stdout))
        self.assertEqual([point["name"] for point in json.loads(done.stdout)["points"]],
                         ["bad/bad.b"])
        self.assertEqual(done.stderr.splitlines()[-1],
                         "run_tests.py: 1 passed, 1 failed, 0 skipped")

    def test_the_pager_of_a_terminal(self) -> None:
        for words in (("report", "latest"), ("report", "latest", "--format", "plain"), ("list",)):
            with self.subTest(words):
                status, text = self._on_terminal(*words, PAGER="sed 's/^/paged: /'")
                self.assertEqual(status, 1)
                self.assertTrue(text and all(line.startswith("paged: ")
                                             for line in text.splitlines()), text)

    def test_no_pager(self) -> None:
        plain = self.programs.run("report", "latest").stdout
        for pager in ("", "cat", "no_such_pager -x", "'"):
            self.assertEqual(self._on_terminal("report", "latest", PAGER=pager), (1, plain))
        os.environ["PAGER"] = "sed 's/^/paged: /'"
        self.addCleanup(os.environ.pop, "PAGER")
        self.assertEqual(self.programs.run("report", "latest").stdout, plain)
        status, text = self._on_terminal("report", "latest", "--json", PAGER=os.environ["PAGER"])
        self.assertEqual((status, text[:1]), (1, "{"))

    def test_a_pager_that_reads_no_further(self) -> None:
        status, text = self._on_terminal("report", "latest", PAGER="head -n 1")
        self.assertEqual((status, text), (1, "1 passed, 1 failed, 1 skipped on kernel 6.1\n"))
        self.assertEqual(self._on_terminal("list", "--all", PAGER="true"), (1, ""))

    def test_a_signal_ends_both(self) -> None:
        for pager in ("sh -c 'echo here; exec sleep 100'",
                      "sh -c 'trap \"\" TERM; echo here; while :; do sleep 0.1; done'"):
            began = time.monotonic()
            status, text = self._on_terminal("report", "latest", number=signal.SIGTERM, PAGER=pager)
            self.assertEqual((status, text), (2, "here\nrun_tests.py: interrupted by SIGTERM\n"))
            self.assertLess(time.monotonic() - began, 3)


if __name__ == "__main__":
    support.main()
