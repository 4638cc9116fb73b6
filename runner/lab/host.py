# SPDX-License-Identifier: LGPL-2.1-or-later
"""The host side of a guest's run: boots, watches, records what the guest cannot,
and boots again for the rest."""
from __future__ import annotations

import json
import os
import shlex
import sys
import time
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from .. import known_list
from ..errors import NEW_BOOT, Interrupted, Refused
from ..judge import lost
from ..known import Issue, seems_fixed
from ..plan import Planned
from ..record import Folder, load
from ..run import Signals
from ..tap_stream import TapReader
from ..text import clean
from . import console
from .accel import Accel
from .boot import Boot
from .guest import Guest
from .share import Share

# Without any sign of life for so long (and no program that may take longer): hung.
STALL_SECONDS = 60.0
# After an oops what it held stays held: silence is then soon a hang.
OOPS_SECONDS = 20.0
# How often the host looks.
LOOK_SECONDS = 0.05
# What the guest covers with its own writable file systems (scripts/guest-init).
COVERED = ("/run", "/tmp", "/var/tmp")
Json = Dict[str, Any]


@dataclass
class Setup:
    """What every boot of a run has in common."""

    guest: Guest
    accel: Accel
    sharing: str
    results: str
    keep: List[str] = field(default_factory=list)
    stall_s: float = STALL_SECONDS

    def shares(self) -> List[Share]:
        """The host's folders that the guest sees."""
        return [Share("hostroot", "/", True), Share("results", self.results, False)]

    def settings(self, output: str) -> Dict[str, str]:
        """What guest-init is told; `output`: where the command's output goes. Raises Refused."""
        folder = os.getcwd()
        keep = sorted({path for path in (os.path.abspath(name) for name in (*self.keep, folder))
                       if path.startswith(tuple(place + "/" for place in COVERED))})
        for path in (*keep, folder, self.results):
            if "\n" in path:
                raise Refused(f"a folder with a line break in its name: {clean(path)}")
        settings = {"output": output, "folder": folder, "results": self.results,
                    "keep": "".join(path + "\n" for path in keep)}
        if self.guest.swap_mb:
            settings["swap"] = f"{self.guest.swap_mb}M"
        return settings

    def boot(self, command: Sequence[str], recorded: bool, log: Optional[str]) -> Boot:
        """Boots a guest for the command. `recorded`: what it prints is in its record too."""
        return Boot(self.guest, self.accel.name, self.sharing,
                    self.settings("/dev/null" if recorded else "/dev/ttyS1"), command,
                    self.shares(), log)


@dataclass
class End:
    """How a boot ended: `status` of the command, or the `verdict` of a guest that died."""

    status: Optional[int] = None
    verdict: Optional[str] = None
    reason: str = ""
    log: List[str] = field(default_factory=list)


def follow(boot: Boot, signals: Signals, stall_s: float,
           look: Callable[[], Tuple[bool, float]],
           enough: Callable[[], bool] = lambda: False) -> End:
    """Watches a boot to its end, or until it was `enough`. `look` tells whether the run
    went on since the last call, and how long, in seconds, what runs now may take.
    Raises Interrupted; and Refused for a guest that could not be set up."""
    seen, heard, shown = 0, 0, 0
    oopsed = False
    alive = time.monotonic()
    while True:
        ended = boot.wait(LOOK_SECONDS)
        if signals.requested:
            raise Interrupted(signals.requested)
        went_on, allowed_s = look()
        if enough():
            return End()
        if went_on or len(boot.events) > seen or len(boot.output) > heard:
            alive = time.monotonic()
            seen, heard = len(boot.events), len(boot.output)
        if len(boot.console) > shown:
            shown = len(boot.console)
            oopsed = console.oopsed(console.lines_of(boot.console))
        stopped = boot.stopped()
        quiet = time.monotonic() - alive
        limit = min(OOPS_SECONDS, stall_s) if oopsed else stall_s + allowed_s
        if not (ended or stopped or quiet > limit):
            continue
        lines = console.lines_of(boot.console)
        failed, status = boot.event("failed"), boot.event("exit")
        if failed is not None:
            raise Refused(_not_set_up(failed, lines))
        if ended and status is not None and status.isdigit():
            return End(status=int(status))
        log = console.told(lines)
        if ended and console.panicked(lines):
            return End(verdict="panic", reason=f"the guest died: {console.cause(lines)}", log=log)
        if ended or stopped:
            return End(verdict="panic", log=log,
                       reason=f"the guest vanished: {stopped or boot.how_it_left()}")
        cause = console.cause(lines)
        if oopsed:
            return End(verdict="kernel", log=log, reason=f"the guest went silent after: {cause}")
        return End(verdict="timeout", log=log, reason=f"the guest hung: no sign of life for "
                   f"{quiet:.0f} s" + (f", the console says: {cause}" if cause else ""))


def _not_set_up(failed: str, lines: List[str]) -> str:
    if failed in ("9p", "virtiofs"):
        return (f"this kernel cannot mount the host's root by {failed}: it needs "
                "CONFIG_NET_9P_VIRTIO and CONFIG_9P_FS, or CONFIG_VIRTIO_FS, built in or as "
                "modules that --modules names (--share takes the other way)")
    last = f" ({clean(lines[-1])})" if lines else ""
    return f"the guest could not be set up: {clean(failed)}{last}"


class Record:
    """A run's folder, seen from outside while the guest writes it."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._size = 0
        self._running = b""

    def read_new(self) -> List[Json]:
        """Results that were added since the last call; a torn last line waits."""
        try:
            with open(os.path.join(self.path, "results.jsonl"), "rb") as file:
                file.seek(self._size)
                data = file.read()
        except OSError:
            return []
        whole = data[:data.rfind(b"\n") + 1]
        self._size += len(whole)
        found = []
        for line in whole.split(b"\n")[:-1]:
            try:
                found.append(json.loads(line))
            except ValueError:
                continue  # load() refuses it by name when the run is read.
        return found

    def running(self) -> Tuple[bool, str, float]:
        """Whether it is another one than at the last call; the name and the time limit
        in seconds of what runs, or ran last."""
        try:
            with open(os.path.join(self.path, "running"), "rb") as file:
                data = file.read()
        except OSError:
            data = b""
        changed, self._running = data != self._running, data
        name, _, rest = data.decode("utf-8", "replace").partition("\n")
        try:
            limit = float(rest)
        except ValueError:
            limit = 0.0
        return changed, name, limit

    def begun(self) -> bool:
        """True once the guest has written run.json."""
        return os.path.exists(os.path.join(self.path, "run.json"))

    def complete(self) -> bool:
        """True when everything planned has a result."""
        run, results = load(self.path)
        return not {*run["plan"]} - {result["name"] for result in results}

    def add_lost(self, planned: Planned, end: End, issues: Sequence[Issue]) -> Json:
        """Adds the line that the guest could not write."""
        reader = TapReader()
        folder = Folder.resume(self.path)
        try:
            out = folder.out_paths(planned.name)
            try:
                with open(out[0], "rb") as file:
                    reader.feed(file.read())
            except OSError:
                pass
            result = lost(planned, end.verdict or "panic", end.reason, reader.tap, end.log,
                          issues)
            result["out"] = out[2] if os.path.exists(out[0]) else None
            folder.append(result)
        finally:
            # The guest may have taken `running` away itself, just before it died.
            folder.forget_running()
            folder.close()
        return result

    def end(self, how: Optional[str]) -> None:
        """Writes the end of run.json where the guest could not. Raises Refused."""
        from ..about import now
        from ..report.tally import tally
        run, results = load(self.path)
        run.update(ended=now(), interrupted=how, summary=tally(run, results).as_json(),
                   seems_fixed=seems_fixed(run, results))
        folder = Folder(self.path)
        folder.write_run(run)
        folder.close()


@dataclass
class Run:
    """A recorded run, over as many boots as it takes. `first` and `again` are the
    guest's commands; `planned` finds what a name in the record stands for."""

    setup: Setup
    record: Record
    first: List[str]
    again: List[str]
    planned: Callable[[str], Planned]
    issues: Callable[[Json], Sequence[Issue]]
    signals: Signals
    reporter: Any
    enough: Callable[[Json], bool] = lambda result: False

    def go(self) -> Optional[int]:
        """Runs to the end: the last command's exit status, None when the guest died
        in the last program of all, or a result was enough. Raises Refused and Interrupted."""
        self._stop = False
        command = self.first
        while True:
            end, name = self._boot(command)
            if end.status == NEW_BOOT and not self._stop and not self.record.complete():
                self.reporter.note("a program spoiled the kernel: the rest runs in a new boot")
                command = self.again
                continue
            if end.verdict is None or self._stop:
                return end.status
            if not name:
                raise Refused(f"{end.reason}; no program ran in that boot (the console is in "
                              f"{self.record.path}/console.log)")
            run = load(self.record.path)[0]
            self.record.add_lost(self.planned(name), end, self.issues(run))
            self._show_new()
            self.reporter.note(f"{name}: {end.reason}")
            if self.record.complete() or self._stop:
                self.record.end(None)
                return None
            command = self.again

    def _boot(self, command: Sequence[str]) -> Tuple[End, str]:
        """One boot, and the name of what ran last in it."""
        last = ""
        printed = 0
        boot = self.setup.boot(command, True, os.path.join(self.record.path, "console.log"))

        def look() -> Tuple[bool, float]:
            nonlocal last, printed
            sys.stderr.write(boot.output[printed:].decode("utf-8", "replace"))
            printed = len(boot.output)
            new = self._show_new()
            changed, name, limit_s = self.record.running()
            if changed and name:
                last = name
                self.reporter.running(name, *self._place(name))
            # Until the first program runs the time is the boot's, which --stall is not about.
            return changed or new, limit_s if last else max(0.0, STALL_SECONDS - self.setup.stall_s)

        try:
            return follow(boot, self.signals, self.setup.stall_s, look,
                          lambda: self._stop), last
        finally:
            self.reporter.clear()
            boot.close()

    def _show_new(self) -> bool:
        new = self.record.read_new()
        for result in new:
            self.reporter.result(result)
            self._stop = self._stop or self.enough(result)
        return bool(new)

    def _place(self, name: str) -> Tuple[int, int]:
        try:
            plan = load(self.record.path)[0]["plan"]
            return plan.index(name) + 1, len(plan)
        except (Refused, ValueError):
            return 0, 0


def run_unrecorded(setup: Setup, command: Sequence[str], signals: Signals) -> int:
    """Boots for a command that only prints; its output is passed on. Returns its
    exit status. Raises Refused and Interrupted."""
    boot = setup.boot(command, False, None)
    printed = 0

    def look() -> Tuple[bool, float]:
        nonlocal printed
        sys.stdout.write(boot.output[printed:].decode("utf-8", "replace"))
        sys.stdout.flush()
        printed = len(boot.output)
        return False, 0.0

    try:
        end = follow(boot, signals, setup.stall_s, look)
    finally:
        boot.close()
    if end.status is None:
        raise Refused(end.reason)
    return end.status


def command_for(words: Sequence[str], lab: Json, described: str = "") -> List[str]:
    """What the guest's init runs: run_tests.py WORDS, with nothing of our environment
    but what the runner reads. `described`: a file by programs.remember(), if any."""
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                   "HOME": "/root", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1",
                   "HUGEPROOF_LAB": json.dumps(lab)}
    if described:
        environment["HUGEPROOF_DESCRIBED"] = described
    if os.environ.get("HUGEPROOF_PROGRAMS"):
        environment["HUGEPROOF_PROGRAMS"] = os.path.abspath(os.environ["HUGEPROOF_PROGRAMS"])
    if known_list.FOLDER_VARIABLE in os.environ:
        place = known_list.folder()
        environment[known_list.FOLDER_VARIABLE] = place and os.path.abspath(place)
    return [f"{name}={value}" for name, value in environment.items()] + [
        "/usr/bin/python3", os.path.join(top, "run_tests.py"), *words]


def again_hint(folder: str) -> str:
    """How to go on with a run that was cut."""
    return f"go on with: run_tests.py lab run --resume {shlex.quote(folder)}"
