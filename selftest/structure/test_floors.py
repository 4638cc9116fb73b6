#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks the structure that doc/design.md describes: floors of lib/ include only lower ones, and
layers of runner/ import only lower ones."""
from __future__ import annotations

import ast
import glob
import os
import re
import subprocess
import sys
import unittest
from typing import Dict, List, Optional, Set

from tap.runner import TAPTestRunner

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("abs_top_builddir") or TOP
_INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
# A folder of lib/ may include itself and these.
FLOORS: Dict[str, Set[str]] = {
    "observe": set(),
    "frame": {"observe"},
    "fixture": {"observe", "frame"},
    "model": {"observe", "frame", "fixture"},
    "load": {"observe", "frame", "fixture"},
    "race": {"observe", "frame", "fixture"},
}
# Those who begin a run or read a command line, and stand above all else of runner/.
ABOVE = {"session", "execute", "lab", "remote", "compare", "mutants", "commands", "commandline",
         "cli", "reproduce", "minimise"}
# What a module of runner/ may not import, by where it stands. Everything may use what has no
# entry here: errors, text, verdicts, kernels.
MAY_NOT: Dict[str, Set[str]] = {
    "request": ABOVE | {"observe", "settings", "run", "judge", "record", "report", "plan", "job"},
    "observe": ABOVE | {"settings", "run", "judge", "record", "report", "plan", "job"},
    "settings": ABOVE | {"run", "judge", "record", "report", "plan", "job"},
    "job": ABOVE | {"settings", "record", "report"},
    "judge": ABOVE | {"record", "report", "settings"},
    "record": ABOVE | {"report", "settings"},
    "report": ABOVE | {"settings", "series"},
    "series": ABOVE | {"settings", "observe", "run", "job"},
    "session": ABOVE - {"session"},
    "execute": ABOVE - {"session", "execute"},
    "commandline": ABOVE - {"commandline"},
    "commands": {"lab", "remote", "compare", "mutants", "commandline", "cli"},
    "watch": ABOVE - {"commands"},
    "lab": {"session", "execute", "remote", "compare", "mutants", "cli"},
    "remote": {"session", "execute", "lab", "compare", "mutants", "cli"},
    "compare": {"session", "execute", "mutants", "commandline", "cli"},
    "reproduce": {"session", "execute", "compare", "mutants", "minimise", "commandline", "cli"},
    "minimise": {"session", "execute", "compare", "mutants", "commandline", "cli"},
    "mutants": {"session", "execute", "compare", "commandline", "cli"},
}
# The command line's own modules: what they have read goes on as a Request, an Order or arguments.
COMMAND_LINE = re.compile(r"runner/(cli|commandline|commands/\w+|\w+/cli|lab/options)\.py\Z")
# Not on every machine, or slow to load and seldom needed: imported where they are used.
ELSEWHERE = {"jinja2", "junitparser", "markupsafe", "matplotlib", "numpy", "rich", "scipy", "tap",
             "yaml"}
MOST_ARGUMENTS = 7
MOST_LINES = 300


def includes(path: str) -> List[str]:
    """The names that a source includes in double quotes."""
    with open(path, encoding="utf-8") as file:
        return _INCLUDE.findall(file.read())


def floor_of(path: str) -> str:
    """The folder of lib/ that a path, or the text of an include, is in."""
    return os.path.dirname(os.path.relpath(path, os.path.join(TOP, "lib"))
                           if os.path.isabs(path) else path)


def is_for_types(node: ast.AST) -> bool:
    """`if TYPE_CHECKING:` imports nothing when the program runs."""
    return (isinstance(node, ast.If) and isinstance(node.test, ast.Name)
            and node.test.id == "TYPE_CHECKING")


def imports(path: str, name: str, known: Set[str]) -> Set[str]:
    """The modules of runner/ that a module imports when it is loaded."""
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    package = name.split(".") if path.endswith("__init__.py") else name.split(".")[:-1]
    found: Set[str] = set()
    todo: List[ast.AST] = list(tree.body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[:len(package) - node.level + 1] + (
                node.module.split(".") if node.module else [])
            for alias in node.names:
                whole = ".".join(base + [alias.name])
                found.add(whole if whole in known else ".".join(base))
        elif not isinstance(node, (ast.FunctionDef, ast.Lambda)) and not is_for_types(node):
            todo += list(ast.iter_child_nodes(node))
    return (found & known) - {name}


def sources() -> Dict[str, ast.Module]:
    """The modules of runner/, by their paths."""
    found = {}
    for path in glob.glob(os.path.join(TOP, "runner", "**", "*.py"), recursive=True):
        with open(path, encoding="utf-8") as file:
            found[os.path.relpath(path, TOP)] = ast.parse(file.read())
    return found


def functions(tree: ast.Module) -> List[ast.FunctionDef]:
    """All functions of a module, including methods and nested ones."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def arguments(function: ast.FunctionDef) -> List[str]:
    """The names of the arguments, without self and cls."""
    all_of = function.args
    named = [*all_of.posonlyargs, *all_of.args, *all_of.kwonlyargs]
    rest = [one for one in (all_of.vararg, all_of.kwarg) if one]
    return [one.arg for one in [*named, *rest] if one.arg not in ("self", "cls")]


def late_imports(tree: ast.Module) -> Set[str]:
    """What functions import; modules of the runner begin with a dot."""
    found: Set[str] = set()
    for node in (node for function in functions(tree) for node in ast.walk(function)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or "").partition(".")[0])
    return found


def guesses(tree: ast.Module) -> List[str]:
    """The calls that look for an option which may not be there."""
    return [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name) and node.func.id in ("getattr", "hasattr")
            and isinstance(node.args[0], ast.Name) and node.args[0].id in (
                "args", "options", "namespace")]


def modules() -> Dict[str, Set[str]]:
    """Every module of runner/, and what it imports."""
    root = os.path.join(TOP, "runner")
    paths = {}
    for path in glob.glob(os.path.join(root, "**", "*.py"), recursive=True):
        name = os.path.relpath(path, TOP)[:-3].replace(os.sep, ".")
        paths[name[:-len(".__init__")] if name.endswith(".__init__") else name] = path
    return {name: imports(path, name, set(paths)) for name, path in paths.items()}


def cycle(graph: Dict[str, Set[str]]) -> Optional[List[str]]:
    """An import cycle; None if there is none."""
    done: Set[str] = set()

    def visit(name: str, way: List[str]) -> Optional[List[str]]:
        if name in way:
            return way[way.index(name):] + [name]
        if name in done:
            return None
        for other in sorted(graph[name]):
            found = visit(other, way + [name])
            if found:
                return found
        done.add(name)
        return None

    return next((found for name in sorted(graph) for found in [visit(name, [])] if found), None)


class Floors(unittest.TestCase):
    """The floors of lib/."""

    def test_no_floor_looks_up(self) -> None:
        """A source of lib/ includes its own floor and those below."""
        wrong = []
        for floor, below in FLOORS.items():
            paths = glob.glob(os.path.join(TOP, "lib", floor, "*.[ch]"))
            self.assertTrue(paths, floor)
            for path in paths:
                wrong += [f"{os.path.relpath(path, TOP)} includes {name}"
                          for name in includes(path) if floor_of(name) not in below | {floor, ""}]
        self.assertEqual([], wrong)
        self.assertEqual(set(FLOORS), {os.path.basename(path) for path in glob.glob(
            os.path.join(TOP, "lib", "*")) if os.path.isdir(path)
            and glob.glob(os.path.join(path, "*.c"))})

    def test_insides_stay_inside(self) -> None:
        """An internal.h is included only in its own folder."""
        wrong = []
        for pattern in ("lib/*/*.[ch]", "tests/*/*.c", "workloads/*/*.c", "selftest/*/*.c"):
            for path in glob.glob(os.path.join(TOP, pattern)):
                wrong += [f"{os.path.relpath(path, TOP)} includes {name}"
                          for name in includes(path) if name.endswith("/internal.h")
                          and os.path.dirname(name) != floor_of(path)]
        self.assertEqual([], wrong)

    def test_external_names(self) -> None:
        """What lib/ exports begins with hp_; main() is the frame's."""
        done = subprocess.run(
            ["nm", "-g", "--defined-only", os.path.join(BUILD, "lib", "libhugeproof.a")],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True,
            universal_newlines=True)
        names = {line.split()[2] for line in done.stdout.splitlines()
                 if len(line.split()) == 3}
        self.assertIn("hp_fork", names)
        self.assertEqual(["main"], sorted(n for n in names if not n.startswith("hp_")
                                          and not n.startswith("__")))

    def test_a_name_means_one_thing(self) -> None:
        """No function of lib/ has the name of a struct or enum."""
        types: Set[str] = set()
        functions: Set[str] = set()
        for path in glob.glob(os.path.join(TOP, "lib", "*", "*.h")):
            with open(path, encoding="utf-8") as file:
                text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.DOTALL)
            types.update(re.findall(r"\b(?:struct|enum) (hp_\w+)", text))
            functions.update(re.findall(r"(?<!struct )(?<!enum )\b(hp_\w+)\(", text))
        self.assertLess({"hp_area", "hp_hugetlb_counts"}, types)
        self.assertLess({"hp_hugetlb", "hp_fork"}, functions)
        self.assertEqual([], sorted(types & functions))


class Layers(unittest.TestCase):
    """The layers of runner/."""

    def test_no_layer_looks_up(self) -> None:
        """A module imports, when it is loaded, only its own layer and lower ones."""
        wrong = []
        for name, imported in modules().items():
            layer = name.split(".")[1] if "." in name else name
            wrong += [f"{name} imports {other}" for other in sorted(imported)
                      if other.count(".") and other.split(".")[1] in MAY_NOT.get(layer, set())]
        self.assertEqual([], wrong)

    def test_no_ring(self) -> None:
        """There is no import cycle."""
        self.assertIsNone(cycle(modules()))

    def test_what_is_imported_late(self) -> None:
        """Functions import no module of the runner, so that no cycle escapes the check."""
        wrong = {path: late_imports(tree) - ELSEWHERE for path, tree in sources().items()}
        self.assertEqual({}, {path: names for path, names in wrong.items() if names})

    def test_the_command_line_stays_in_its_modules(self) -> None:
        """No other module uses argparse, or looks for options that may not exist."""
        for path, tree in sources().items():
            known = any(isinstance(node, ast.Import) and any(
                alias.name == "argparse" for alias in node.names) for node in tree.body)
            with self.subTest(path):
                self.assertTrue(not known or COMMAND_LINE.search(path))
                self.assertEqual([], guesses(tree))

    def test_arguments(self) -> None:
        """No function takes more than that many arguments."""
        many = [f"{path}: {function.name} takes {len(arguments(function))}"
                for path, tree in sources().items() for function in functions(tree)
                if len(arguments(function)) > MOST_ARGUMENTS]
        self.assertEqual([], many)

    def test_one_judge(self) -> None:
        """A verdict on the kernel is made in one place."""
        self.assertEqual(["runner/judge.py"], [
            path for path, tree in sources().items() for function in functions(tree)
            if function.name == "judge"])

    def test_lengths(self) -> None:
        """No module is longer than that."""
        long = {}
        for path in sources():
            with open(os.path.join(TOP, path), encoding="utf-8") as file:
                long[path] = len(file.readlines())
        self.assertEqual({}, {path: n for path, n in long.items() if n > MOST_LINES})

    def test_all_is_installed(self) -> None:
        """Every file that the runner consists of is in the list of what make install installs."""
        with open(os.path.join(TOP, "runner", "local.mk"), encoding="utf-8") as file:
            named = set(re.findall(r"[^\s\\]+", file.read()))
        there = [os.path.relpath(path, TOP) for pattern in (
            "runner/**/*.py", "runner/**/*.html", "runner/**/*.in", "doc/schema/*.json")
                 for path in glob.glob(os.path.join(TOP, pattern), recursive=True)]
        self.assertEqual([], sorted(set(there) - named))

    def test_a_breach_would_be_seen(self) -> None:
        """Each of these checks finds a violation."""
        tree = ast.parse("""
def f(self, a, *, b, **c):
    from ..x import y
    import rich.table, json
    return getattr(args, "n", None)
""")
        self.assertEqual(late_imports(tree), {"..x", "rich", "json"})
        self.assertEqual(arguments(functions(tree)[0]), ["a", "b", "c"])
        self.assertEqual(guesses(tree), ["getattr(args, 'n', None)"])

    def test_it_would_be_seen(self) -> None:
        """A cycle of three modules is found, and reported once."""
        self.assertEqual(["b", "c", "d", "b"], cycle(
            {"a": {"b"}, "b": {"c"}, "c": {"d"}, "d": {"b"}}))
        self.assertIsNone(cycle({"a": {"b", "c"}, "b": {"c"}, "c": set()}))


if __name__ == "__main__":
    runner = TAPTestRunner()
    runner.set_stream(True)
    suite = unittest.TestSuite(unittest.defaultTestLoader.loadTestsFromTestCase(c)
                               for c in (Floors, Layers))
    sys.exit(not runner.run(suite).wasSuccessful())
