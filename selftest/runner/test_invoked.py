#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Messages name the command that was typed, and runs are kept where the installed command says."""
from __future__ import annotations

import argparse
import ast
import contextlib
import io
import os
import subprocess
import unittest
from typing import Dict, Iterator, List, Tuple
from unittest import mock

import support
from runner import cli, commandline, invoked
from runner.commands import setup

SCRIPT = "run_tests.py"


def texts(tree: ast.Module) -> Iterator[str]:
    """The texts of a module that are no docstrings."""
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value


def said(*words: str, typed: str = "", **environment: str) -> Tuple[int, str, str]:
    """The exit status and the output of a command line that was typed like that."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), \
            mock.patch.dict(os.environ, environment), mock.patch("sys.argv", [typed, *words]), \
            mock.patch("runner.output.prepare"), mock.patch("runner.cli.raising",
                                                            contextlib.nullcontext):
        status = cli.main(list(words))
    return status, out.getvalue(), err.getvalue()


class Invoked(unittest.TestCase):
    """The name of the command, and the folder of runs."""

    def setUp(self) -> None:
        cleared = mock.patch.dict(os.environ)
        cleared.start()
        self.addCleanup(cleared.stop)
        for name in (invoked.COMMAND, invoked.RESULTS):
            os.environ.pop(name, None)

    def test_names(self) -> None:
        for typed, environment, command, name in (
                ("./run_tests.py", {}, "./run_tests.py list", SCRIPT),
                ("../my tree/run_tests.py", {}, "'../my tree/run_tests.py' list", SCRIPT),
                ("selftest/runner/test_help.py", {}, "run_tests.py list", SCRIPT),
                ("/usr/share/hugeproof/run_tests.py", {invoked.COMMAND: "hugeproof"},
                 "hugeproof list", "hugeproof"),
                ("/srv/run_tests.py", {invoked.COMMAND: "/srv/usr/bin/hugeproof"},
                 "/srv/usr/bin/hugeproof list", "hugeproof")):
            with self.subTest(typed=typed), mock.patch("sys.argv", [typed]), \
                    mock.patch.dict(os.environ, environment):
                self.assertEqual((invoked.command("list"), invoked.name()), (command, name))

    def test_no_module_names_the_script(self) -> None:
        """A text of the runner that names the script would name what was not typed."""
        for folder, _, files in os.walk(os.path.join(support.TOP, "runner")):
            for path in (os.path.join(folder, file) for file in files if file.endswith(".py")):
                with self.subTest(path), open(path, encoding="utf-8") as file:
                    # As the name of the file it is right.
                    self.assertEqual([], [text for text in texts(ast.parse(file.read()))
                                          if SCRIPT in text and text != SCRIPT])

    def test_errors_and_help(self) -> None:
        """Errors, usage lines, examples and hints, in a source tree and installed."""
        for typed, environment, command, name in (
                ("./run_tests.py", {}, "./run_tests.py", SCRIPT),
                ("/usr/share/hugeproof/run_tests.py", {invoked.COMMAND: "hugeproof"}, "hugeproof",
                 "hugeproof")):
            with self.subTest(typed=typed):
                status, out, err = said("func", "--what", typed=typed, **environment)
                self.assertEqual((status, out, err), (
                    2, "", f"{name}: unrecognized arguments: --what (see {command} func --help)\n"))
                for words, usage in (([], "COMMAND ..."), (["list"], "list [OPTIONS]"),
                                     (["lab", "run"], "lab run [OPTIONS] -- "),
                                     (["compare"], "compare BEFORE AFTER")):
                    status, out, err = said(*words, "--help", typed=typed, **environment)
                    self.assertEqual((status, err), (0, ""))
                    self.assertTrue(out.startswith(f"usage: {command} {usage}"), out[:200])
                    if command != SCRIPT:
                        self.assertNotIn(f" {SCRIPT} ", out)

    def options(self, *words: str) -> argparse.Namespace:
        """What is made of a command line."""
        return commandline.parse(list(words))

    def test_results(self) -> None:
        """One folder is the default of every command that reads or writes runs."""
        lines: List[Tuple[str, ...]] = [
            ("func",), ("stress",), ("perf",), ("report", "latest"), ("diff", "a", "b"),
            ("merge", "a", "b"), ("compare", "a", "b"), ("coverage", "report", "a"),
            ("reproduce", "a", "b"), ("minimise", "a", "b"), ("lab", "run", "--", "func"),
            ("lab", "shell"), ("mutants",),
            ("lab", "matrix", "--", "func"), ("lab", "try", "--", "a"),
            ("lab", "bisect", "--source", "a", "--good", "b", "--bad", "c", "--", "a")]
        for words in lines:
            with self.subTest(words=words):
                self.assertEqual(self.options(*words).results, "results")
                with mock.patch.dict(os.environ, {invoked.RESULTS: "/var/lib/hugeproof/results"}):
                    self.assertEqual(self.options(*words).results, "/var/lib/hugeproof/results")
        out = said("report", "--help", **{invoked.RESULTS: "/var/lib/hugeproof/results"})[1]
        self.assertIn("(default: /var/lib/hugeproof/results)", " ".join(out.split()))
        status, out, err = said("history", **{invoked.RESULTS: "/nowhere"})
        self.assertEqual((status, out), (2, ""))
        self.assertIn("/nowhere", err)

    def test_setup(self) -> None:
        """What installs packages: of a source tree its script, which works before it is built."""
        def words(*given: str) -> List[str]:
            return setup.words(self.options("setup", *given))

        self.assertEqual(invoked.setup("--lab"), "scripts/setup --lab")
        self.assertEqual(words("--lab", "--arch", "arm64", "--print"),
                         [setup.SCRIPT, "--lab", "--arch", "arm64", "--print"])
        with mock.patch("runner.invoked.in_source_tree", lambda: False), \
                mock.patch.dict(os.environ, {invoked.COMMAND: "hugeproof"}):
            self.assertEqual(invoked.setup("--lab"), "hugeproof setup --lab")
            self.assertEqual(words("--report"), [setup.SCRIPT, "--installed", "--report"])

    def test_options_of_setup(self) -> None:
        """scripts/setup knows each option that the command passes on."""
        done = subprocess.run([setup.SCRIPT, "--help"], stdout=subprocess.PIPE, encoding="utf-8",
                              check=True)
        known: Dict[str, bool] = {option: option in done.stdout for option in (
            "--report", "--lab", "--arch", "--print", "--installed")}
        self.assertEqual(known, dict.fromkeys(known, True))


if __name__ == "__main__":
    support.main()
