# SPDX-License-Identifier: LGPL-2.1-or-later
"""A command in a guest, from its first boot to its report."""
from __future__ import annotations

import os
import platform
import shlex
import shutil
from dataclasses import replace
from typing import Any, Dict, Optional

from .. import invoked, skip_list
from ..commands.common import default_form, scale, report_damage
from ..coverage import outside
from ..errors import Interrupted, Refused
from ..programs import ROOMS, find, programs_folder
from ..reading import load_run
from ..record import Folder, check_save, load, save_as
from ..report.table import Reporter
from ..request import Request
from ..run import Signals
from ..salvage import refuse_of_others
from ..text import clean
from ..watch.handed import hand_on
from ..watch.report import report
from . import accel, cache, coverage_kernel, foreign, host
from .workers import Workers
from .options import RECORDED
from .order import Order
from .prepare import check_jobs, prepare
from .setup import Setup

Json = Dict[str, Any]
# The file in the folder of a run that has the programs' descriptions.
DESCRIBED = "described.json"


class Recorded:
    """A command whose record is kept on the host, in `folder`. `lab` is the `lab` field of
    run.json. `described`: the folder has the programs' descriptions already. `jobs` guests at a
    time share the run. Raises Refused where there are no programs."""

    def __init__(self, setup: Setup, request: Request, folder: str, lab: Json,
                 described: bool = False, jobs: int = 1) -> None:
        self.setup, self.request, self.folder, self.lab = setup, request, folder, lab
        self.described, self.jobs = described, jobs
        self.programs = find(programs_folder(request.selection.programs), tuple(ROOMS))
        self.record = host.Record(folder, lab, {program.full_name for program in self.programs})

    def go(self, signals: Signals, reporter: Reporter, again: bool = False) -> Optional[int]:
        """Carries out all boots, with `again` those of an interrupted run; returns what
        host.Run.go() does. Raises Refused."""
        described = os.path.join(self.folder, DESCRIBED)
        if not self.described:
            foreign.remember(self.setup.guest.arch, self.programs, described, signals)
        try:
            self.request = hand_on(self.request, self.folder, again)
            if self.jobs > 1:
                status = Workers(self.setup, self.request, self.record, self.jobs).go(
                    self.programs, signals, reporter, described, again)
            else:
                status = host.Run(self.setup, self.record, self.request, self.programs, signals,
                                  reporter, described=described).go(again)
        except (Refused, Interrupted) as stopped:
            if not self.record.begun():
                where = _discard(self.folder)
                by = "interrupted by " if isinstance(stopped, Interrupted) else ""
                raise Refused(f"{by}{stopped}" + (f" (console: {where})" if where else "")
                              ) from None
            if isinstance(stopped, Interrupted):
                self.record.end(str(stopped))
                raise Refused(f"interrupted by {stopped} (results so far are in {self.folder}; "
                              f"{host.again_hint(self.folder)})") from None
            raise
        if outside.counts(self.lab):
            coverage_kernel.gather(self.folder, self.lab["options"]["kernel"],
                                   self.setup.guest.arch)
        return status

    def report(self, status: Optional[int], reporter: Reporter) -> int:
        """Reports what the record has; returns the exit status. `status` is what go()
        returned."""
        if not self.record.begun():
            _discard(self.folder)
            return 2 if status is None else status
        return report(self.folder, self.request, status, reporter, host.again_hint(self.folder))


def run(order: Order) -> int:
    """lab run: a command in a new guest."""
    order = foreign.fitted(order)
    asked = order.request
    if asked.command != "probe":
        programs_folder(asked.selection.programs)
    for path in asked.skip_files:
        # Before anything is built.
        skip_list.read(path)
    check_jobs(order.options, order.jobs)
    setup = prepare(order)
    reporter = Reporter(asked.form or default_form())
    try:
        with Signals() as signals:
            if asked.save:
                check_save(order.results, asked.save)
            if asked.command not in RECORDED or asked.plan_only:
                return host.run_unrecorded(setup, host.command_for(
                    replace(asked, allow_poison=True).words() if asked.plan_only else
                    foreign.words(order), {}), signals)
            folder = Folder.create(order.results)
            folder.close()
            one = Recorded(setup, scaled(asked, setup), folder.path, lab_record(setup, order),
                           jobs=order.jobs)
            status = one.go(signals, reporter)
        # From here on a signal raises.
        status = one.report(status, reporter)
        if asked.save and os.path.isdir(folder.path):
            save_as(folder.path, order.results, asked.save)
        return status
    except Interrupted as interrupted:
        raise Refused(f"interrupted by {interrupted}") from None


def scaled(asked: Request, setup: Setup, crowd: float = 1.0) -> Request:
    """The request with the time scale of the guest, unless it has one. A guest that counts
    instructions is slower still. `crowd`: virtual processors for each real one."""
    counting = accel.COUNTING_SLOWDOWN if setup.guest.count_instructions else 1
    return asked if asked.time_scale is not None else replace(
        asked, time_scale=setup.accel.time_scale * counting * crowd)


def lab_record(setup: Setup, order: Order) -> Json:
    """The `lab` field of run.json."""
    return {"options": order.options, "words": order.words, "host": platform.node(),
            "accel": setup.accel.name, "slowdown": setup.accel.slowdown, "sharing": setup.sharing,
            **({"jobs": order.jobs} if order.jobs > 1 else {})}


class Series:
    """A recorded command that runs repeatedly, each time in a new boot of a guest. Raises Refused
    where the guest is not possible."""

    def __init__(self, order: Order) -> None:
        self.order = foreign.fitted(order)
        self.setup = prepare(self.order)

    def run(self, folder: str, signals: Signals) -> None:
        """Runs it once, recorded in a folder that does not exist yet. Raises Refused and
        Interrupted."""
        os.makedirs(folder, 0o755)
        one = Recorded(self.setup, scaled(self.order.request, self.setup), folder,
                       lab_record(self.setup, self.order))
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            reporter = Reporter("plain", nowhere)
            status = one.report(one.go(signals, reporter), reporter)
        if status == 2:
            raise Refused(f"a boot gave no figures ("
                          f"{invoked.command('report ' + shlex.quote(folder))})")


def lab_of(path: str) -> Json:
    """The `lab` field of a run's record. Raises Refused for a run that was not made in the
    lab."""
    lab = load_run(path).get("lab")
    if not isinstance(lab, dict) or not isinstance(lab.get("options"), dict) or not isinstance(
            lab.get("words"), list):
        raise Refused(f"{clean(path)} was not made in the lab: resume it with "
                      + invoked.command("func --resume"))
    return lab


def resume(order: Order, path: str) -> int:
    """lab run --resume: runs what an interrupted run lacks, in the same kind of guest."""
    record, found = load(path)
    refuse_of_others(path)
    order = foreign.fitted(order)
    asked = order.request
    if asked.time_scale is None:
        asked = replace(asked, time_scale=scale(str(record.get("time_scale", 1))))
    check_jobs(order.options, order.jobs)
    setup = prepare(order)
    report_damage(found)
    if found.damaged_at:
        # The record must be repaired before the guest gets its copy.
        Folder.resume(path, repair=True).close()
    reporter = Reporter(asked.form or default_form())
    one = Recorded(setup, asked, os.path.abspath(path), record["lab"], jobs=order.jobs)
    with Signals() as signals:
        status = one.go(signals, reporter, again=True)
    return one.report(status, reporter)


def _discard(folder: str) -> Optional[str]:
    """Removes the folder of a run that never began; returns where its console log was copied."""
    console, kept = os.path.join(folder, "console.log"), None
    if os.path.exists(console) and os.path.getsize(console):
        kept = cache.folder("console.log")
        shutil.copyfile(console, kept)
    shutil.rmtree(folder, ignore_errors=True)
    return kept
