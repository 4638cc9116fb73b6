# SPDX-License-Identifier: LGPL-2.1-or-later
"""A command on machines under test, from the first connection to the report."""
from __future__ import annotations

import os
import shlex
import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, BinaryIO, List, Optional, Sequence

from .. import invoked, skip_list
from ..budget import spent
from ..commands.common import default_form, report_damage
from ..commands.merge import parts_of, written
from ..errors import Interrupted, Refused
from ..merge import Merged
from ..programs import ROOMS
from ..reading import load_run
from ..record import Folder, check_save, load, save_as
from ..report.table import Reporter
from ..run import Signals
from ..salvage import refuse_of_others
from ..text import clean
from ..watch.handed import hand_on
from ..watch.outside import Record
from ..watch.pipeline import Pipeline
from ..watch.report import OneAtATime, report
from ..watch.run import Run, run_unrecorded
from . import cargo
from .asked import Order, Wanted
from .machine import DESCRIBED, Remote

# The commands that are not recorded.
PRINTED = ("list", "probe")


@dataclass
class Part:
    """What one machine runs, recorded in `folder`. `status` is that of its command, once it has
    ended by itself."""

    machine: Remote
    wanted: Wanted
    folder: str
    status: Optional[int] = None

    def go(self, command: str, signals: Signals, reporter: Any) -> None:
        """Runs it to its end, or to that of the machine. Raises Refused where no program ran, and
        Interrupted."""
        wanted, again = self.wanted, bool(self.wanted.folder)
        self.machine.time_scale = wanted.request.time_scale or 1.0
        record = Record(self.folder, own={"command": command, "remote": {
            "host": wanted.host, "words": wanted.words, **wanted.reach.as_json()}})
        try:
            asked = hand_on(wanted.request, self.folder, again)
            self.status = Run(
                self.machine, record, asked, self.machine.programs, signals, reporter,
                described=os.path.join(self.folder, DESCRIBED)).go(again)
            if not record.begun():
                # Its runner has said why, and its words were passed on.
                raise Refused(f"{wanted.host}: the runner there did not begin")
        except (Refused, Interrupted) as stopped:
            if not record.begun():
                shutil.rmtree(self.folder, ignore_errors=True)
                raise
            record.end(str(stopped))
            if isinstance(stopped, Interrupted):
                raise
            self.machine.note(str(stopped))
        finally:
            self.machine.close(tidy=not signals.requested)

    @property
    def begun(self) -> bool:
        """True when there is a record."""
        return os.path.exists(os.path.join(self.folder, "run.json"))


def again_hint(folders: Sequence[str]) -> str:
    """How to go on with a run that was cut."""
    return "go on with: " + invoked.command("remote " + " ".join(
        f"--resume {shlex.quote(folder)}" for folder in folders))


def _packed(wanted: Wanted) -> BinaryIO:
    asked = wanted.request
    named = list(asked.known_issues)
    if wanted.reach.installed:
        return cargo.pack_issues(named, asked.no_known_issues)
    kinds = tuple(ROOMS) if asked.command in PRINTED else (asked.kind,)
    return cargo.pack(asked.selection.programs, kinds, named, asked.no_known_issues)


def _met(order: Order, using: ExitStack, reporter: Any) -> List[Remote]:
    """The machines, connected; they have the same kernel. Raises Refused, and nothing was changed
    anywhere."""
    archive = using.enter_context(_packed(order.wanted[0]))

    def pack() -> BinaryIO:
        # Several machines read it at the same time, each at a place of its own.
        return open(f"/proc/self/fd/{archive.fileno()}", "rb")

    machines: List[Remote] = []
    for wanted in order.wanted:
        one = Remote(wanted.host, wanted.reach, pack, reporter.note)
        using.callback(one.close, False)
        one.meet()
        first = machines[0] if machines else one
        if one.hello["kernel"] != first.hello["kernel"]:
            raise Refused(f"{one.host} has kernel {clean(' '.join(one.hello['kernel']))}, "
                          f"{first.host} has {clean(' '.join(first.hello['kernel']))}: one run is "
                          "of one build of a kernel")
        machines.append(one)
    return machines


def run(order: Order) -> int:
    """A command on machines. Returns the exit status."""
    asked = order.request
    for path in asked.skip_files:
        skip_list.read(path)
    if asked.save:
        check_save(order.results, asked.save)
    for wanted in order.wanted:
        if wanted.folder:
            _repair(wanted.folder)
    reporter = OneAtATime(Reporter(asked.form or default_form()))
    try:
        with Signals() as signals, ExitStack() as using:
            machines = _met(order, using, reporter)
            if asked.command in PRINTED or asked.plan_only:
                words = machines[0].command(asked, {}, "") if asked.plan_only else \
                    machines[0].unrecorded(order.wanted[0].words)
                return run_unrecorded(machines[0], words, signals)
            parts = [Part(machine, wanted, wanted.folder or _new(order.results))
                     for machine, wanted in zip(machines, order.wanted)]
            _go(parts, order, signals, reporter)
        return _reported(parts, order, reporter)
    except Interrupted as interrupted:
        raise Refused(f"interrupted by {interrupted}") from None


def _repair(folder: str) -> None:
    """Makes a run that goes on ready for that. Raises Refused."""
    refuse_of_others(folder)
    found = load(folder)[1]
    report_damage(found)
    Folder.resume(folder, repair=bool(found.damaged_at)).close()


def _new(results: str) -> str:
    folder = Folder.create(results)
    folder.close()
    return folder.path


def _go(parts: List[Part], order: Order, signals: Signals, reporter: Any) -> None:
    """Runs all parts at the same time. One that cannot begin is reported, and the others go on.
    Raises Refused where none has begun, and, with how to go on, after a signal."""
    def one(part: Part) -> Optional[Refused]:
        try:
            part.go(order.command, signals, reporter)
            return None
        except Refused as refused:
            return refused

    together: "Pipeline[int, None, Optional[Refused]]" = Pipeline(
        len(parts), signals, lambda at: None, lambda at, made: one(parts[at]))
    refused: List[Refused] = []
    try:
        for _, wrong in together.each(range(len(parts))):
            if wrong:
                refused.append(wrong)
                if len(parts) > 1:
                    reporter.note(str(wrong))
    except Interrupted as interrupted:
        begun = [part.folder for part in parts if part.begun]
        raise Refused(f"interrupted by {interrupted}" + (
            f" (results so far are in {' '.join(begun)}; {again_hint(begun)})" if begun else "")
            ) from None
    if refused and not any(part.begun for part in parts):
        raise refused[0]


def _reported(parts: List[Part], order: Order, reporter: Any) -> int:
    """Reports the run, made one of its parts where there are several."""
    begun = [part for part in parts if part.begun]
    folder, status = begun[0].folder, begun[0].status
    if len(begun) > 1:
        whole = Folder.create(order.results)
        written(Merged(parts_of([part.folder for part in begun], order.results)), whole)
        folder, status = whole.path, None
    runs = {part.folder: load_run(part.folder) for part in begun}
    cut = [folder for folder, run_ in runs.items() if run_.get("interrupted")]
    found = report(folder, order.request, status, reporter, again_hint(cut))
    # report() says it of a budget that is used up.
    if cut and not (len(begun) == 1 and spent(runs[cut[0]])):
        reporter.note(f"not complete: {again_hint(cut)}")
    if order.request.save:
        save_as(folder, order.results, order.request.save)
    # A part that never began has left nothing, and its runs are missing.
    return found if len(begun) == len(parts) else found or 2
