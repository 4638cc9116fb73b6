# SPDX-License-Identifier: LGPL-2.1-or-later
"""Our own command line: which commands there are, and what is asked by a line of words."""
from __future__ import annotations

import argparse
import importlib
import importlib.util
from types import ModuleType
from typing import List, Optional

from . import __version__
from .errors import Refused
from .request import Request

# A command is a module with add_parser(subparsers) and run(args) -> exit status; those that a
# guest runs have request(args) as well. A module that is not there takes its command away and
# nothing else.
COMMANDS = {
    "func": "runner.commands.func",
    "stress": "runner.commands.stress",
    "perf": "runner.commands.perf",
    "compare": "runner.compare.cli",
    "list": "runner.commands.list",
    "probe": "runner.commands.probe",
    "report": "runner.commands.report",
    "diff": "runner.commands.diff",
    "history": "runner.commands.history",
    "reproduce": "runner.reproduce.cli",
    "restore": "runner.commands.restore",
    "lab": "runner.lab.cli",
    "mutants": "runner.mutants.cli",
    "coverage": "runner.coverage.cli",
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> "NoReturn":  # type: ignore[name-defined]  # noqa: F821
        """One line instead of argparse's several."""
        raise Refused(f"{message} (see {self.prog} --help)")


def _module(path: str) -> Optional[ModuleType]:
    try:
        if importlib.util.find_spec(path) is None:
            return None
    except ModuleNotFoundError:
        return None
    return importlib.import_module(path)


def parse(argv: List[str]) -> argparse.Namespace:
    """The words of a command line, understood. Raises Refused."""
    parser = _Parser(prog="run_tests.py", allow_abbrev=False,
                     description="Does this kernel's huge page code behave?")
    parser.add_argument("--version", action="version", version=f"hugeproof {__version__}")
    # A command whose outcome is on disk sets this: losing what it prints does not matter then.
    parser.set_defaults(recorded=False)
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    # The command named is all that has to be loaded; --help lists every one.
    named = argv[0] if argv and argv[0] in COMMANDS else None
    for name, path in COMMANDS.items():
        if named in (None, name):
            module = _module(path)
            if module is not None:
                before = set(subparsers.choices)
                module.add_parser(subparsers)
                for added in set(subparsers.choices) - before:
                    subparsers.choices[added].set_defaults(module=module)
    return parser.parse_args(argv)


def request(words: List[str]) -> Request:
    """What a command that a guest runs is asked for. Raises Refused."""
    args = parse(words)
    asked: Request = args.module.request(args)
    return asked
