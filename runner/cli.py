# SPDX-License-Identifier: LGPL-2.1-or-later
"""The command line: finds the command's module and hands over."""
from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import sys
from types import ModuleType
from typing import List, Optional

from . import __version__
from .errors import Refused

# A command is a module with add_parser(subparsers) and run(args) -> exit status.
# A module that is not there takes its command away and nothing else.
COMMANDS = {
    "func": "runner.commands.func",
    "stress": "runner.commands.stress",
    "perf": "runner.commands.perf",
    "compare": "runner.compare.cli",
    "list": "runner.commands.list",
    "probe": "runner.commands.probe",
    "report": "runner.commands.report",
    "restore": "runner.commands.restore",
    "lab": "runner.lab.cli",
    "mutants": "runner.mutants.cli",
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


def _silence_output() -> None:
    """A reader of our output that went away must not become a traceback at exit."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)


def main(argv: Optional[List[str]] = None) -> int:
    """Runs one command; returns the exit status of doc/formats.md."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[attr-defined]
    try:
        args = parse(sys.argv[1:] if argv is None else argv)
        status = int(args.module.run(args))
        sys.stdout.flush()
        return status
    except Refused as refused:
        print(f"run_tests.py: {refused}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        _silence_output()
        return 2
    except KeyboardInterrupt:
        print("run_tests.py: interrupted", file=sys.stderr)
        return 2
