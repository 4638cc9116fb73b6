# SPDX-License-Identifier: LGPL-2.1-or-later
"""The command line: the commands, and the parsing of their arguments."""
from __future__ import annotations

import argparse
import importlib
import importlib.util
from types import ModuleType
from textwrap import wrap
from typing import Any, Dict, List, Optional, Tuple

from . import __version__, invoked
from .errors import Refused
from .examples import ending, overview
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
    "overlap": "runner.commands.overlap",
    "reproduce": "runner.reproduce.cli",
    "minimise": "runner.minimise.cli",
    "restore": "runner.commands.restore",
    "setup": "runner.commands.setup",
    "lab": "runner.lab.cli",
    "remote": "runner.remote.cli",
    "mutants": "runner.mutants.cli",
    "coverage": "runner.coverage.cli",
}
# The longest line of a text in the help.
_WIDTH = 78


class _Commands:
    """Takes the commands of the modules, and adds to each the end of its help."""

    def __init__(self, subparsers: Any) -> None:
        self._subparsers = subparsers
        self.helps: Dict[str, str] = {}

    @property
    def choices(self) -> Dict[str, argparse.ArgumentParser]:
        """The parsers by name."""
        return dict(self._subparsers.choices)

    def add_parser(self, name: str, **more: Any) -> argparse.ArgumentParser:
        """As argparse has it."""
        self.helps[name] = more.pop("help")
        more["description"] = "\n".join(wrap(more.get("description", ""), _WIDTH))
        parser: argparse.ArgumentParser = self._subparsers.add_parser(
            name, epilog=ending(name),
            formatter_class=argparse.RawDescriptionHelpFormatter, **more)
        return parser


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


def build(named: Optional[str] = None) -> Tuple[argparse.ArgumentParser, "_Commands"]:
    """The parser of the whole command line and those of the commands: of all, or of one, for which
    only the module of that command is loaded."""
    parser = _Parser(prog=invoked.command(), allow_abbrev=False,
                     usage="%(prog)s COMMAND ...",
                     formatter_class=argparse.RawDescriptionHelpFormatter,
                     description="Does this kernel's huge page code behave?")
    parser.add_argument("--version", action="version", version=f"hugeproof {__version__}")
    # Set by commands whose result is on disk, so that lost output does not change their status.
    parser.set_defaults(recorded=False)
    commands = _Commands(parser.add_subparsers(dest="command", metavar="COMMAND", required=True,
                                               prog=invoked.command(), help=argparse.SUPPRESS))
    for name, path in COMMANDS.items():
        if named in (None, name):
            module = _module(path)
            if module is not None:
                before = set(commands.choices)
                module.add_parser(commands)
                for added in set(commands.choices) - before:
                    commands.choices[added].set_defaults(module=module)
    parser.epilog = overview(commands.helps)
    return parser, commands


def parse(argv: List[str]) -> argparse.Namespace:
    """Parses a command line. Raises Refused."""
    # --help lists all commands.
    parser, _ = build(argv[0] if argv and argv[0] in COMMANDS else None)
    args, unknown = parser.parse_known_args(argv)
    if unknown:
        raise Refused(f"unrecognized arguments: {' '.join(unknown)} (see "
                      + invoked.command(f"{args.command} --help)"))
    return args


def request(words: List[str]) -> Request:
    """The request in the command line of a command that runs in guests. Raises Refused."""
    args = parse(words)
    asked: Request = args.module.request(args)
    return asked
