# SPDX-License-Identifier: LGPL-2.1-or-later
"""Two kernels, booted in the lab in turn: A B B A, so that what the machine does meanwhile
meets both alike."""
from __future__ import annotations

import argparse
import os
import sys
import time
from typing import Dict, List, Tuple

from ..commands.perf import params, repeats, seconds
from ..errors import Interrupted, Refused
from ..lab.options import KEPT, filled
from ..lab.start import Series, check_guest
from ..run import Signals
from ..text import clean
from .sides import Side, of_folders

BOOTS = 8
# In each boot: the median of these is one sample.
REPEATS = 3
MOST_BOOTS = 1000


def _boots(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MOST_BOOTS:
        raise Refused(f"--boots is a number from 1 to {MOST_BOOTS}, not {clean(text)}")
    return int(text)


def _words(args: argparse.Namespace) -> List[str]:
    """The guest's command."""
    words = ["perf", *args.words, "--repeat", str(repeats(args.repeat, REPEATS)),
             "--bits", "native", "--format", "plain", "--allow-all-skipped"]
    if args.programs:
        words += ["--programs", args.programs]
    limit = seconds(args.seconds)
    if limit:
        words += ["--seconds", f"{limit:g}"]
    params(args.param)
    for param in args.param:
        words += ["--param", param]
    # The same random choices in every boot.
    return [*words, "--seed", "1"]


def order(boots: int) -> str:
    """`ABBAABBA`: so many of each."""
    return "".join("AB" if nth % 2 == 0 else "BA" for nth in range(boots))


class Kernels:
    """What is to be booted. Raises Refused for what cannot be, before anything is made."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.boots = _boots(args.boots) if args.boots else BOOTS
        self.words = _words(args)
        options = {name: getattr(args, name, None) for name in KEPT}
        self.options = {letter: filled({**options, "kernel": kernel})
                        for letter, kernel in zip("AB", args.kernels)}
        for letter in "AB":
            check_guest(self.options[letter])

    def measure(self, folder: str) -> Tuple[Side, Side]:
        """Boots and measures both; the runs are below the folder. Raises Refused."""
        series = {letter: Series(options, self.words, folder)
                  for letter, options in self.options.items()}
        folders: Dict[str, List[str]] = {"A": [], "B": []}
        signals = Signals()
        try:
            for nth, letter in enumerate(order(self.boots), 1):
                path = os.path.join(folder, f"{letter}-{len(folders[letter]) + 1}")
                began = time.monotonic()
                series[letter].run(path, signals)
                folders[letter].append(path)
                print(f"run_tests.py: boot {nth} of {2 * self.boots}: {letter} "
                      f"({time.monotonic() - began:.0f} s)", file=sys.stderr)
        except Interrupted as interrupted:
            raise Refused(f"interrupted by {interrupted} (what was measured is in "
                          f"{folder})") from None
        finally:
            signals.close()
        before, after = (of_folders(str(self.options[letter]["kernel"]), folders[letter])
                         for letter in "AB")
        return before, after
