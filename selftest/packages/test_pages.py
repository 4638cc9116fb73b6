#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The manual pages and the completions that are made of the command line's options. A build of
packages runs this, also as a user without rights."""
from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import unittest
from typing import Dict, Iterator, List, Tuple

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "runner"))
import support  # noqa: E402
import stage  # noqa: E402
from runner.commandline import build  # noqa: E402

try:
    import shtab  # type: ignore[import]
except ImportError:
    shtab = None
_SCRIPTS = os.path.join(stage.TOP, "scripts")


def actions(parser: argparse.ArgumentParser, way: str) -> Iterator[Tuple[str, argparse.Action]]:
    """All options and arguments of a command and its commands, with the words before them."""
    for action in parser._actions:  # pylint: disable=protected-access
        if isinstance(action, argparse._SubParsersAction):  # pylint: disable=protected-access
            for name, one in action.choices.items():
                yield from actions(one, f"{way} {name}")
        else:
            yield way, action


def has(tool: str) -> "Callable[..., object]":  # type: ignore[name-defined]  # noqa: F821
    """Skips a test without that program."""
    return unittest.skipUnless(shutil.which(tool), f"needs {tool}: scripts/setup --packages")


class Made(unittest.TestCase):
    """Files in a folder of their own."""

    maxDiff = None

    def setUp(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="hugeproof-pages-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.commands = build()[1]

    def pages(self, **environment: str) -> Dict[str, str]:
        """The pages of section 1, by name."""
        done = stage.run(["/usr/bin/python3", "-B", os.path.join(_SCRIPTS, "man-pages"),
                          self.folder], "/", **environment)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        found = {}
        for name in os.listdir(self.folder):
            with open(os.path.join(self.folder, name), encoding="utf-8") as file:
                found[name] = file.read()
        return found


class Pages(Made):
    """Manual pages."""

    def test_each_command_has_a_page(self) -> None:
        pages = self.pages()
        self.assertEqual(set(pages), {"hugeproof.1"} | {
            f"hugeproof-{name}.1" for name in self.commands.helps})
        for name, text in self.commands.helps.items():
            page = pages[f"hugeproof-{name}.1"]
            self.assertIn(f"\n.Nd {text}\n", page)
            for section in ("SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "EXAMPLES", "SEE ALSO"):
                self.assertEqual(page.count(f"\n.Sh {section}\n"), 1, (name, section))
            self.assertIn(f"\n.It Xr hugeproof-{name} 1\n", pages["hugeproof.1"])
        for name, page in pages.items():
            self.assertNotIn("@", page.replace("@SIZE", "").replace("@2M", "").replace(
                "@1G", "").replace("@REV", "").replace("USER@HOST", ""), name)

    def test_each_option_is_in_the_page(self) -> None:
        """With its text, and those that are for the lab alone are not."""
        pages = self.pages()
        for name, parser in self.commands.choices.items():
            page = pages[f"hugeproof-{name}.1"].replace("\\-", "-")
            words = " ".join(page.split())
            for way, action in actions(parser, name):
                with self.subTest(way=way, action=action.option_strings or action.dest):
                    if isinstance(action, argparse._HelpAction):  # pylint: disable=W0212
                        continue
                    for option in action.option_strings:
                        self.assertEqual(f"Fl -{option[2:]}" in words, action.help
                                         is not argparse.SUPPRESS, option)
                    if action.help and action.help is not argparse.SUPPRESS and (
                            "%" not in action.help and "--results" not in action.option_strings):
                        self.assertIn(action.help, words.replace("\\&", ""))

    def test_they_do_not_depend_on_who_makes_them(self) -> None:
        """Two builds make the same."""
        pages = self.pages()
        self.assertEqual(pages, self.pages(
            HOME="/elsewhere", COLUMNS="40", LANG="C", HUGEPROOF_RESULTS="/x",
            HUGEPROOF_COMMAND="y", HUGEPROOF_TIME_SCALE="7", XDG_STATE_HOME="/z"))
        self.assertIn("/var/lib/hugeproof/results for root", " ".join(
            pages["hugeproof-report.1"].split()))

    def all_pages(self) -> List[str]:
        """The paths of all pages: those made here, and what the build has of other sections."""
        self.pages()
        there = [os.path.join(self.folder, name) for name in sorted(os.listdir(self.folder))]
        man = os.path.join(stage.BUILD, "man")
        return there + [os.path.join(man, name) for name in sorted(os.listdir(man))
                        if name.endswith((".3", ".5"))]

    @has("mandoc")
    def test_mandoc(self) -> None:
        for path in self.all_pages():
            with self.subTest(path):
                # Other pages are found only when they are installed.
                done = stage.run(["mandoc", "-T", "lint", path], self.folder)
                self.assertEqual([line for line in done.stdout.splitlines()
                                  if "referenced manual not found" not in line], [])

    @has("man")
    def test_man(self) -> None:
        for path in self.all_pages():
            with self.subTest(path):
                done = stage.run(["man", "--warnings=w", "-E", "UTF-8", "-l", "-Tutf8", "-Z", path],
                                 "/", MANROFFSEQ="t", MANWIDTH="80", LC_ALL="C.UTF-8")
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertGreater(len(done.stdout), 500)


class Completions(Made):
    """Completions of shells."""

    def completion(self, shell: str) -> str:
        """The path of the completion of a shell."""
        done = stage.run(["/usr/bin/python3", "-B", os.path.join(_SCRIPTS, "completions"), shell,
                          "/usr/libexec/hugeproof", "/var/lib/hugeproof"], "/")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        path = os.path.join(self.folder, shell)
        with open(path, "w", encoding="utf-8") as file:
            file.write(done.stdout)
        return path

    def programs(self) -> str:
        """A folder of programs, and beside it one of runs."""
        for name in ("tests/hugetlb/private_cow", "workloads/load/fork", "results/20260101-000000"):
            os.makedirs(os.path.join(self.folder, name))
        return self.folder

    def completed(self, argv: List[str]) -> List[str]:
        """The words that a shell offers."""
        done = stage.run(argv, self.folder, HOME=self.folder, HUGEPROOF_PROGRAMS=self.folder,
                         HUGEPROOF_RESULTS=os.path.join(self.folder, "results"))
        self.assertEqual((done.returncode, done.stderr), (0, ""), argv)
        return [line.split("\t")[0] for line in done.stdout.splitlines()]

    def offers(self, complete: "Callable[[str], List[str]]",  # type: ignore[name-defined]  # noqa
               ) -> None:
        """What each shell must offer."""
        self.programs()
        for line, wanted, unwanted in (
                ("hugeproof ", {"func", "lab", "setup"}, {"run"}),
                ("hugeproof fu", {"func"}, {"lab"}),
                ("hugeproof func --pa", {"--page-size"}, {"--into", "--nodes"}),
                ("hugeproof func --in", set(), {"--into"}),
                ("hugeproof func --tier ", {"quick", "full"}, set()),
                ("hugeproof lab ", {"run", "matrix", "build"}, {"func"}),
                ("hugeproof lab run --no", {"--nodes"}, {"--now"}),
                ("hugeproof func huge", {"hugetlb", "hugetlb/private_cow"}, {"load/fork"}),
                ("hugeproof report ", {"latest", "20260101-000000"}, {"hugetlb"})):
            with self.subTest(line):
                found = set(complete(line))
                self.assertEqual((wanted - found, found & unwanted), (set(), set()))

    @has("fish")
    def test_fish(self) -> None:
        path = self.completion("fish")
        self.offers(lambda line: self.completed(
            ["fish", "-c", f"source {path}; complete -C '{line}'"]))

    def test_fish_knows_every_option(self) -> None:
        with open(self.completion("fish"), encoding="utf-8") as file:
            lines = file.read().splitlines()
        for name, parser in self.commands.choices.items():
            for way, action in actions(parser, name):
                at = f"complete -c hugeproof -n '__hugeproof_at {way}' "
                for option in action.option_strings:
                    if option.startswith("--"):
                        there = any(line.startswith(at) and f" -l {option[2:]} " in line
                                    for line in lines)
                        self.assertEqual(there, action.help is not argparse.SUPPRESS, (way, option))

    @unittest.skipUnless(shtab, "needs python3-shtab: scripts/setup --doc")
    def test_bash(self) -> None:
        path = self.completion("bash")
        self.offers(lambda line: self.completed(["bash", "--norc", "-c", f"""
            source {path}
            COMP_LINE='{line}'
            COMP_WORDS=({line})
            [ "${{COMP_LINE% }}" = "$COMP_LINE" ] || COMP_WORDS+=('')
            COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)) COMP_POINT=${{#COMP_LINE}}
            complete -p hugeproof >complete
            read -r -a how <complete
            for at in "${{!how[@]}}"; do [ "${{how[at]}}" != -F ] || f=${{how[at + 1]}}; done
            "$f" hugeproof "${{COMP_WORDS[COMP_CWORD]}}" "${{COMP_WORDS[COMP_CWORD - 1]}}"
            printf '%s\\n' "${{COMPREPLY[@]}}" """]))

    @unittest.skipUnless(shtab, "needs python3-shtab: scripts/setup --doc")
    @has("zsh")
    def test_zsh(self) -> None:
        path = self.completion("zsh")
        self.assertEqual(stage.run(["zsh", "-n", path], "/").stderr, "")
        with open(path, encoding="utf-8") as file:
            said = file.read()
        self.assertTrue(said.startswith("#compdef hugeproof\n"))
        for name in self.commands.helps:
            self.assertIn(f'"{name}:', said)
        self.assertNotIn("--into", said)


if __name__ == "__main__":
    support.main()
