# SPDX-License-Identifier: LGPL-2.1-or-later
"""The command line: the commands, and the parsing of their arguments."""
from __future__ import annotations

import argparse
import importlib
import importlib.util
from types import ModuleType
from typing import List, Optional

from . import __version__
from .errors import Refused
from .request import Request

# A command is a module with add_parser(subparsers) and run(args) -> exit status; those that run in
# guests have request(args) as well. Without its module a command is not offered; the others are.
COMMANDS = {
    "func": "runner.commands.func",
    "stress": "runner.commands.stress",
    "perf": "runner.commands.perf",
    "compare": "runner.compare.cli",
    "list": "runner.commands.list",
    "probe": "runner.commands.probe",
    "report": "runner.commands.report",
    "merge": "runner.commands.merge",
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
        """Reports an error in one line, where argparse would print several."""
        raise Refused(f"{message} (see {self.prog} --help)")


def _module(path: str) -> Optional[ModuleType]:
    try:
        if importlib.util.find_spec(path) is None:
            return None
    except ModuleNotFoundError:
        return None
    return importlib.import_module(path)


def parse(argv: List[str]) -> argparse.Namespace:
    """Parses a command line. Raises Refused."""
    parser = _Parser(prog="run_tests.py", allow_abbrev=False,
                     description="Does this kernel's huge page code behave?")
    parser.add_argument("--version", action="version", version=f"hugeproof {__version__}")
    # Set by commands whose result is on disk, so that lost output does not change their status.
    parser.set_defaults(recorded=False)
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    # Only the module of the named command has to be loaded; --help lists all commands.
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
    """The request in the command line of a command that runs in guests. Raises Refused."""
    args = parse(words)
    asked: Request = args.module.request(args)
    return asked
