# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fake kernels, which are text files with a line `PROGRAM VERDICT` for each program that does not
pass. A guest with one is a function that writes the record that a runner in it would."""
from __future__ import annotations

import json
import os
import signal
import sys
import time
from types import SimpleNamespace
from typing import Any, Dict, List, Optional
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "runner"))
import support  # noqa: E402  pylint: disable=wrong-import-position

# pylint: disable=wrong-import-position
from runner.errors import Interrupted, Refused  # noqa: E402
from runner.lab import guest, image, setup  # noqa: E402
from runner.lab.accel import Accel  # noqa: E402
from runner.lab.patch import Edit, Made, Unfit  # noqa: E402
from runner.mutants import grounds, trial  # noqa: E402

SIZE = "2M"


def prepared(kernel: str) -> setup.Setup:
    """The setup of a guest with that fake kernel, which needs no memory."""
    return setup.Setup(guest.Guest(image.Kernel(kernel, "6.12.0"), memory_mb=1),
                       Accel("tcg", 2.0), "9p", "/", user=1)


def read(path: str) -> Dict[str, str]:
    """The verdicts of a fake kernel by program."""
    with open(path, encoding="ascii") as file:
        return dict(line.split() for line in file)


class Guests:
    """A fake host.Run. `ran` are the programs of each guest in the order of their beginning; `slow`
    is the duration of each. This process gets SIGTERM, at the time `told_at`, when one begins after
    `before_end` others."""

    def __init__(self) -> None:
        self.ran: List[List[str]] = []
        self.slow = 0.0
        self.most = self.now = 0
        self.before_end: Optional[int] = None
        self.reported_at = 0.0

    def __call__(self, *what: Any) -> SimpleNamespace:
        return SimpleNamespace(go=lambda: self._go(*what))

    def _go(self, its: setup.Setup, record: Any, request: Any, programs: Any, signals: Any,
            _reporter: Any, enough: Any, _described: str) -> None:
        verdicts = read(its.guest.kernel.image)
        if verdicts.get("boot") == "dies":
            raise Refused("the guest died; no program ran in that boot")
        sizes = {program.full_name: program.page_sizes for program in programs}
        plan = [name + ("" if sizes[name] == "none" else "@" + SIZE)
                for name in dict.fromkeys(word.partition(".")[0]
                                          for word in request.selection.patterns)
                if sizes[name] != "gigantic"]
        if not plan:
            return
        with open(os.path.join(record.path, "run.json"), "w", encoding="ascii") as file:
            json.dump({"format": 2, "plan": plan, "seed": request.seed or 1, "kernel": {
                "release": its.guest.kernel.release, "machine": "x86_64",
                "version": os.path.basename(its.guest.kernel.image)}}, file)
        with open(os.path.join(record.path, "results.jsonl"), "ab"):
            pass
        began: List[str] = []
        self.ran.append(began)
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            for name in plan:
                if sum(map(len, self.ran)) == self.before_end:
                    self.reported_at = time.monotonic()
                    os.kill(os.getpid(), signal.SIGTERM)
                self._wait(signals)
                began.append(name.partition("@")[0])
                result = line(name, verdicts.get(began[-1], "pass"))
                with open(os.path.join(record.path, "results.jsonl"), "a",
                          encoding="ascii") as file:
                    file.write(json.dumps(result) + "\n")
                if enough(dict(result)):
                    return
        finally:
            self.now -= 1

    def _wait(self, signals: Any) -> None:
        ends = time.monotonic() + self.slow
        while True:
            if signals.requested:
                raise Interrupted(signals.requested)
            if time.monotonic() >= ends:
                return
            time.sleep(0.01)


def line(name: str, verdict: str) -> Dict[str, Any]:
    """A result of one case, x."""
    program, at, size = name.partition("@")
    took = 900.0 if program.endswith("slow") else 100.0
    return {"name": name, "verdict": verdict, "duration_ms": took, "left": {}, "log": [],
            "complaints": [], "counters": {"delta": {}}, "points": [
                {"name": f"{program}.x{at}{size}", "verdict": verdict, "reason": verdict,
                 "diagnostics": {"duration_ms": took}}]}


class Shop:
    """A fake Workshop: the name of a change, or the text of an edit, determines the kernel that it
    makes; `unfit` and `same` make none."""

    def __init__(self, path: str, kernels: Dict[str, str]) -> None:
        self.path, self.kernels = path, kernels
        self.made: List[str] = []

    def make(self, change: Any) -> Made:
        """The kernel of that name."""
        self.made.append(change.name)
        text = self.kernels.get(change.name, "")
        if isinstance(change, Edit):
            text = next((kernel for word, kernel in self.kernels.items()
                         if word.encode() in change.text), "")
        if text == "unfit":
            raise Unfit("does not compile: no such thing")
        path = os.path.join(self.path, change.name)
        with open(path, "w", encoding="ascii") as file:
            file.write("" if text == "same" else text)
        return Made(path, {"build": 0.1}, text == "same")

    def discard(self, change: Any) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to do."""


class Lab:
    """Programs, an unbroken kernel, and fakes of everything else that a session needs, which are
    in place from begin() to end()."""

    def __init__(self, kernels: Dict[str, str]) -> None:
        self.programs = support.Programs()
        self.guests = Guests()
        self.unbroken = os.path.join(self.programs.path, "unbroken")
        self.breaks("")
        self.shop = Shop(self.programs.path, kernels)
        self.tree = SimpleNamespace()
        self.built: List[str] = []
        self.arch: Any = None
        self._patches: List[Any] = []
        self.spoiled = False

    def source(self, name: str, text: str) -> None:
        """A source that is built."""
        top = self.programs.path
        for folder in ("build", "source"):
            os.makedirs(os.path.join(top, folder, os.path.dirname(name)), exist_ok=True)
        path = os.path.join(top, "source", name)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        place, own = os.path.split(name)
        with open(os.path.join(top, "build", "four.h"), "w", encoding="ascii") as file:
            file.write("#define FOUR 4\n")
        with open(os.path.join(top, "build", place, f".{own[:-2]}.o.cmd"), "w",
                  encoding="ascii") as file:
            file.write(f"savedcmd_{name[:-2]}.o := gcc -Wp,-MMD,x.d -nostdinc -I./include "
                       "-include ./four.h -std=gnu11 -O2 -fno-such-flag -c "
                       f"-o {name[:-2]}.o {path} ; objtool x\n")

    def _tree(self, source: str, _: str, arch: Any) -> SimpleNamespace:
        self.built.append(source)
        self.arch = arch
        return self.tree

    def breaks(self, text: str) -> None:
        """Sets the faults of the unbroken kernel."""
        with open(self.unbroken, "w", encoding="ascii") as file:
            file.write(text)

    def begin(self) -> None:
        """Puts the fakes in place."""
        self.tree = SimpleNamespace(
            bring_up=lambda: (self.unbroken, []), path=self.programs.path,
            build=os.path.join(self.programs.path, "build"),
            source=SimpleNamespace(path=os.path.join(self.programs.path, "source"),
                                   version=(6, 12)))
        os.environ["XDG_CACHE_HOME"] = os.path.join(self.programs.path, "cache")
        self._patches = [
            mock.patch.object(trial.host, "Run", self.guests),
            mock.patch.object(grounds.source, "packaged", lambda: "packaged"),
            mock.patch.object(grounds.origin, "of_word", lambda word: word),
            mock.patch.object(grounds.kernel, "Tree", self._tree),
            mock.patch.object(grounds, "Workshop", lambda *_: self.shop),
            mock.patch.object(grounds, "prepare", lambda _: prepared(self.unbroken))]
        for patch in self._patches:
            patch.start()

    def end(self) -> None:
        """Removes the fakes. Everything that was written must be valid, unless the test spoiled
        it."""
        wrong = [] if self.spoiled else support.valid.wrong_below(self.programs.path, 0)
        for patch in self._patches:
            patch.stop()
        os.environ.pop("XDG_CACHE_HOME", None)
        self.programs.close()
        if wrong:
            raise AssertionError("\n".join(wrong[:20]))
