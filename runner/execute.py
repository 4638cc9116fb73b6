# SPDX-License-Identifier: LGPL-2.1-or-later
"""Carries out a run: lock, recovery of what earlier runs left, record, session, and the end in
every case."""
from __future__ import annotations

import os
import shlex
import sys
import traceback
from typing import Optional, Tuple

from . import attributes, invoked, oom, output
from .about import new_run
from .errors import NEW_BOOT, Interrupted, Refused, Tainted
from .job import Job
from .record import Folder, Json
from .report.table import Reporter
from .report.tally import closing_of
from .run import Signals, become_subreaper
from .session import Session
from .settings.lock import Lock
from .settings.recovery import recover


def execute(job: Job, reporter: Reporter, signals: Signals) -> Tuple[str, int]:
    """Carries out a job. Its results go into a new folder, the one that was made for it, or that
    of the resumed run.

    Returns the folder and 0, also when its budget was used up, 2 when the run was interrupted, or
    NEW_BOOT. Raises Refused when it
    could not begin; nothing is changed then.
    """
    lock = Lock()
    lock.acquire()
    try:
        undone = recover(signals)
        for line in undone.done:
            reporter.note(f"restored after an earlier run: {line}")
        for line in undone.notes:
            reporter.note(line)
        for line in undone.failed:
            reporter.note(f"cannot restore: {line}")
        become_subreaper()
        oom.spare_us()
        attributes.accept("oom_score_adj")
        folder = _folder(job)
        return folder.path, _execute(job, folder, reporter, signals)
    finally:
        lock.release()


def _folder(job: Job) -> Folder:
    if job.resumed:
        return Folder.resume(job.resumed[0], repair=True)
    if job.request.into:
        return Folder.begin_in(job.request.into)
    return Folder.create(job.request.results)


def _execute(job: Job, folder: Folder, reporter: Reporter, signals: Signals) -> int:
    run = job.resumed[1] if job.resumed else new_run(folder.name, job)
    session: Optional[Session] = None
    how: Optional[str] = None
    begun, anew, over = bool(job.resumed), False, False
    try:
        folder.write_run(run)
        session = Session(job, folder, run, reporter, signals)
        session.reserve()
        folder.write_run(run)
        begun = True
        session.go()
    except Tainted as tainted:
        how = f"a new boot, for {tainted}"
        anew = True
    except Interrupted:
        how = signals.requested or "a signal"
    except Refused as refused:
        if not begun:
            raise
        how = str(refused)
    except Exception:
        if begun:
            folder.note_error(traceback.format_exc())
        raise
    finally:
        reporter.clear()
        over = signals.go_on()
        for line in session.close(how or ("error" if sys.exc_info()[0] else None)) if session \
                else []:
            reporter.note(f"cannot restore: {line}")
        _end(folder, run, begun, reporter, quiet=bool(how))
    if anew:
        return NEW_BOOT
    if how:
        done = "interrupted by " + how if how.startswith("SIG") else how
        # Where the record is kept by another machine, that one says how to go on.
        if not (over and (os.environ.get("HUGEPROOF_LAB") or os.environ.get("HUGEPROOF_WATCHED"))):
            go_on = invoked.command(f"{job.request.command} --resume {shlex.quote(folder.path)}")
            output.say(f"{done} (settings restored; go on with: {go_on})")
        return 0 if over else 2
    return 0


def _end(folder: Folder, run: Json, begun: bool, reporter: Reporter, quiet: bool) -> None:
    """Writes the end of run.json; removes the folder of a run that never began."""
    if not begun:
        folder.discard()
        return
    try:
        run.update(closing_of(run, folder.path))
        if output.lost():
            run["output_lost"] = output.lost()
        folder.write_run(run)
    except Refused as refused:
        if not quiet:
            reporter.note(str(refused))
    folder.close()
