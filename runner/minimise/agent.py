# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs candidates one after another on this machine: for the native search, and in a guest, whose
host puts requests into a folder and takes the answers from it."""
from __future__ import annotations

import json
import os
import shutil
import sys
from typing import Any, Dict, List, Optional

from .. import environment
from ..assignments import awaited
from ..complaints import complaints
from ..endings import Signals
from ..errors import Interrupted
from ..observe.kmsg import KernelLog, Line
from ..plan import Planned
from ..programs import Program
from ..protocol import ending, points_of
from ..run import How, become_subreaper, run_program
from ..settings.recovery import recover
from ..tap_stream import TapReader
from ..text import clean, decode
from ..verdicts import RANK

Json = Dict[str, Any]
_OWN = "/tmp/candidate"
# The verdicts of the exit statuses of a reproducer.
_PLAIN = {0: "pass", 1: "fail", 2: "broken"}


def asked_name(number: int) -> str:
    """The file of a request, from 1. A complete one ends with a line feed."""
    return f"try-{number}"


def answer_name(number: int) -> str:
    """The file of its answer."""
    return f"tried-{number}"


class _Lines:
    """What the kernel said during a try."""

    def __init__(self) -> None:
        self.texts: List[str] = []

    def add(self, line: Line) -> None:
        """A line came."""
        if line.kernel:
            self.texts += line.text.split("\n")

    def missed(self, number: int) -> None:
        """Lines were lost, which are not judged."""


class Tries:
    """Runs candidates. Release with close()."""

    def __init__(self, signals: Signals) -> None:
        become_subreaper()
        self._signals = signals
        self._log: Optional[KernelLog] = None
        try:
            self._log = KernelLog()
        except OSError:
            pass  # The kernel log is not for users: what programs say counts alone.

    def close(self) -> None:
        """Closes the kernel log."""
        if self._log:
            self._log.close()

    def one(self, asked: Json) -> Json:
        """Runs a candidate (doc/races.md names the members); returns verdict, reason, seconds and
        diagnostics. Raises Interrupted."""
        env = dict(environment.programs(), HUGEPROOF_TIME_SCALE=repr(asked["scale"]))
        if environment.alone():
            env["HUGEPROOF_ALLOW_POISON"] = "1"
        reader = TapReader()
        self._said()  # What came since the last candidate is not of this one.
        ended = run_program(asked["argv"], asked["limit_s"], self._signals, How(
            env=env, on_out=None if asked["plain"] else reader.feed))
        if ended.interrupted:
            recover(self._signals)
            raise Interrupted(self._signals.requested)
        answer: Json = {"seconds": ended.duration_s, "diagnostics": {}, "reason": ""}
        end = ending(ended)
        if asked["plain"]:
            said = " ".join(decode(ended.out).split())
            answer["verdict"], answer["reason"] = end or (
                _PLAIN.get(ended.exit if ended.exit is not None else 2, "broken"), said)
        else:
            self._judge(answer, asked, reader.finish(cut=bool(end)), end)
        if end:
            recover(self._signals)
        # Such a counter stays below zero, and is reported whenever somebody refreshes it.
        found = [one for one in complaints(self._said(), asked["allows"], asked["poisons"])
                 if one[0] != "counter below zero"]
        if found and RANK[answer["verdict"]] < RANK["kernel"]:
            answer.update(verdict="kernel", reason=found[0][1])
        answer["reason"] = clean(answer["reason"] or "", 500)
        return answer

    @staticmethod
    def _judge(answer: Json, asked: Json, tap: Any, end: Any) -> None:
        program = Program("", "x", "x")
        points = points_of(Planned(program, None, [asked["case"]]), tap, end)
        mine = [point for point in points if point["name"] == f"x/x.{asked['case']}"]
        if not mine:
            answer["verdict"], answer["reason"] = end or (
                "skip" if tap.skip is not None else "broken", tap.skip or tap.bail or "no result")
            return
        answer.update(verdict=mine[0]["verdict"], reason=mine[0]["reason"] or "",
                      diagnostics=mine[0]["diagnostics"])

    def _said(self) -> List[str]:
        lines = _Lines()
        if self._log:
            self._log.read("a candidate ended", lines)
        return lines.texts


def serve(folder: str) -> None:
    """Answers the requests of the guest's host for as long as the guest lives."""
    number = 1
    with Signals() as signals:
        tries = Tries(signals)
        while True:
            asked: Json = json.loads(awaited(os.path.join(folder, asked_name(number)), signals))
            if asked.get("bring"):
                shutil.copyfile(os.path.join(folder, asked["bring"]), _OWN)
                os.chmod(_OWN, 0o755)
                asked["argv"] = [_OWN, *asked["argv"][1:]]
            path = os.path.join(folder, answer_name(number))
            with open(path, "w", encoding="utf-8") as file:
                file.write(json.dumps(tries.one(asked)) + "\n")
            number += 1


def main() -> None:
    """The command of a guest: its argument is the folder."""
    serve(sys.argv[1])
