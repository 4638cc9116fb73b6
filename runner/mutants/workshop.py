# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes mutants: patches a copy-on-write copy of the lab's tree and builds it."""
from __future__ import annotations

import difflib
import os
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from typing import Dict, List

from ..errors import Refused
from ..lab import cache, kernel, overlay
from .mutant import Mutant

SPATCH_SECONDS = 300.0


class Unfit(Exception):
    """The mutant cannot be tried: it does not apply as it says, or does not compile."""


@dataclass
class Made:
    """A mutant's kernel, and what it took, in seconds."""

    image: str
    seconds: Dict[str, float] = field(default_factory=dict)


class Workshop:
    """A place for the copies. Release with close(); `kept` leaves them there."""

    def __init__(self, tree: kernel.Tree, jobs: int, kept: bool = False) -> None:
        self.tree, self.jobs, self.kept = tree, jobs, kept
        self.spatch = cache.need_tool("spatch")
        self.path = cache.folder("mutants", ("kept-" if kept else "") + str(os.getpid()))
        _sweep(os.path.dirname(self.path))
        shutil.rmtree(self.path, ignore_errors=True)
        os.makedirs(self.path)

    def make(self, mutant: Mutant) -> Made:
        """Patches and builds. Raises Unfit."""
        place = os.path.join(self.path, f"{mutant.area}-{mutant.name}")
        layers = [(self.tree.source.path, os.path.join(place, "source")),
                  (self.tree.build, os.path.join(place, "build"))]
        began = time.monotonic()
        try:
            for name, hunks in mutant.changes.items():
                self._patch(mutant, name, hunks, os.path.join(place, "source", "upper", name))
        except Refused as refused:
            raise Unfit(str(refused)) from None
        patched = time.monotonic()
        log = os.path.join(place, "build.log")
        argv = overlay.command(layers, kernel.make_command(
            self.tree.source.path, self.tree.build, max(1, kernel.jobs() // self.jobs),
            "bzImage"))
        with open(log, "wb") as file:
            status = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=file,
                                    stderr=subprocess.STDOUT, env=dict(os.environ, LC_ALL="C"),
                                    check=False).returncode
        built = os.path.join(place, "build", "upper", "arch", "x86", "boot", "bzImage")
        if status:
            raise Unfit(f"does not compile: {kernel.failure(log)}")
        if not os.path.exists(built):
            raise Unfit("the kernel is built without the files it changes")
        image = os.path.join(place, "bzImage")
        os.rename(built, image)
        return Made(image, {"patch": round(patched - began, 1),
                            "build": round(time.monotonic() - patched, 1)})

    def _patch(self, mutant: Mutant, name: str, hunks: int, into: str) -> None:
        """Writes the changed file; Unfit unless exactly so many places changed."""
        original = os.path.join(self.tree.source.path, name)
        if not os.path.isfile(original):
            raise Unfit(f"this kernel has no {name}")
        os.makedirs(os.path.dirname(into), exist_ok=True)
        try:
            done = subprocess.run(
                [self.spatch, "--very-quiet", "--no-includes", "--no-show-diff", "--sp-file",
                 mutant.path, original, "-o", into], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SPATCH_SECONDS,
                check=False)
        except subprocess.TimeoutExpired:
            raise Unfit(f"spatch takes more than {SPATCH_SECONDS:g} s on {name}") from None
        if done.returncode:
            raise Unfit(f"spatch: {cache.last_line(done.stderr) or cache.last_line(done.stdout)}")
        changed = places(original, into) if os.path.exists(into) else 0
        if changed != hunks:
            raise Unfit(f"changes {changed} places of {name}, its header says {hunks}")

    def discard(self, mutant: Mutant) -> None:
        """Removes a mutant's copy, unless copies are kept."""
        if not self.kept:
            shutil.rmtree(os.path.join(self.path, f"{mutant.area}-{mutant.name}"),
                          ignore_errors=True)

    def close(self) -> None:
        """Removes everything, unless copies are kept."""
        if not self.kept:
            shutil.rmtree(self.path, ignore_errors=True)


def places(before: str, after: str) -> int:
    """How many places of a file differ."""
    return sum(line.startswith("@@") for line in difflib.unified_diff(
        _lines(before), _lines(after), n=0))


def _lines(path: str) -> List[str]:
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return file.read().splitlines()


def _sweep(path: str) -> None:
    """Removes what killed ones of us left."""
    for name in os.listdir(path) if os.path.isdir(path) else []:
        if name.isdigit() and not os.path.exists(f"/proc/{name}"):
            shutil.rmtree(os.path.join(path, name), ignore_errors=True)
