# SPDX-License-Identifier: LGPL-2.1-or-later
"""The host side of a guest's run: boots, watches, records what the guest cannot,
and boots again for the rest."""
from __future__ import annotations

import json
import os
import shlex
import sys
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from .. import known_list
from ..complaints import complaints
from ..errors import NEW_BOOT, Refused
from ..judge import lost
from ..known import Issue, seems_fixed
from ..leaks import why_new_boot
from ..parts import unfinished
from ..plan import Planned
from ..programs import kernel_may_say
from ..record import Folder, load
from ..run import Signals
from ..tap_stream import TapReader
from ..text import clean
from .accel import COUNTING_SLOWDOWN, Accel
from .boot import Boot
from .follow import STALL_SECONDS, End, Seen, follow
from .guest import Guest
from .share import Share

# So many guests may die of one program, each at another of its cases.
LIVES = 3
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


class Record:
    """A run's folder, seen from outside while the guest writes it."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._size = 0
        self._running = b""
        self._spoken = ("", 0)

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
        """Whether it is another one than at the last call; the name of what runs, or ran
        last, and how long it may say nothing, in seconds."""
        try:
            with open(os.path.join(self.path, "running"), "rb") as file:
                data = file.read()
        except OSError:
            data = b""
        changed, self._running = data != self._running, data
        name, _, rest = data.decode("utf-8", "replace").partition("\n")
        try:
            limit = float(rest.split()[-1])
        except (IndexError, ValueError):
            limit = 0.0
        return changed, name, limit

    def spoke(self, name: str) -> bool:
        """Whether that program wrote more since the last call."""
        try:
            size = os.stat(self._out(name)).st_size
        except OSError:
            size = 0
        changed, self._spoken = (name, size) != self._spoken, (name, size)
        return changed

    def _out(self, name: str) -> str:
        return Folder(self.path).out_paths(name)[0]

    def begun(self) -> bool:
        """True once the guest has written run.json."""
        return os.path.exists(os.path.join(self.path, "run.json"))

    def complete(self) -> bool:
        """True when everything planned has a result."""
        run, results = load(self.path)
        return not unfinished(run, results)

    def add_lost(self, planned: Planned, end: End, issues: Sequence[Issue]) -> Json:
        """Adds the line that the guest could not write. Cases that had not begun are left
        for the next boot, until too many guests have died of the program."""
        reader = TapReader()
        before: Json = next((result for result in load(self.path)[1]
                             if result["name"] == planned.name and result.get("rest")), {})
        died = int(before.get("died", 0)) + 1
        folder = Folder.resume(self.path)
        try:
            out, _, relative = folder.out_paths(planned.name)
            try:
                with open(out, "rb") as file:
                    reader.feed(file.read())
            except OSError:
                relative = ""
            result = lost(planned, end.verdict or "panic", end.reason, reader.tap, end.log,
                          issues, last=died >= LIVES)
            result["died"] = died
            if relative and result["rest"]:
                relative = folder.put_aside(planned.name, died)
            result["out"] = relative or None
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
    """A recorded run, over as many boots as it takes. `first` and `again` are the guest's
    commands; `planned` finds what a name in the record stands for, while no guest runs;
    `described` is a file by programs.remember()."""

    setup: Setup
    record: Record
    first: List[str]
    again: List[str]
    planned: Callable[[str], Planned]
    issues: Callable[[Json], Sequence[Issue]]
    signals: Signals
    reporter: Any
    enough: Callable[[Json], bool] = lambda result: False
    described: str = ""

    def go(self) -> Optional[int]:
        """Runs to the end: the last command's exit status, None when the guest died
        in the last program of all, or a result was enough. Raises Refused and Interrupted."""
        self._stop, self._why = False, ""
        command = self.first
        while True:
            end, name = self._boot(command)
            if end.status == NEW_BOOT and not self._stop and not self.record.complete():
                self.reporter.note(f"{self._why}: the rest runs in a new boot")
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

        def look() -> Seen:
            nonlocal last, printed
            sys.stderr.write(boot.output[printed:].decode("utf-8", "replace"))
            printed = len(boot.output)
            new = self._show_new()
            changed, name, quiet_s = self.record.running()
            began = changed and bool(name)
            if began:
                last = name
                self.reporter.running(name, *self._place(name))
            if not last:
                # Until the first program runs the time is the boot's, which --stall is not about.
                return Seen(changed or new, max(0.0, STALL_SECONDS - self.setup.stall_s))
            if self.setup.guest.count_instructions:
                quiet_s *= COUNTING_SLOWDOWN
            return Seen(self.record.spoke(last) or changed or new, quiet_s, began)

        def complained(lines: List[str]) -> List[Tuple[str, str]]:
            return complaints(lines, *kernel_may_say(self.described, last))

        try:
            return follow(boot, self.signals, self.setup.stall_s, look, complained,
                          lambda: self._stop), last
        finally:
            self.reporter.clear()
            boot.close()

    def _show_new(self) -> bool:
        new = self.record.read_new()
        for result in new:
            self._why = why_new_boot(result) or f"{result['name']} spoiled the kernel"
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

    def look() -> Seen:
        nonlocal printed
        sys.stdout.write(boot.output[printed:].decode("utf-8", "replace"))
        sys.stdout.flush()
        printed = len(boot.output)
        return Seen()

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
