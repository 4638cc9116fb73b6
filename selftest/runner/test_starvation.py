#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A program that does not answer any more is disturbed, and no timeout, if it had no processor."""
from __future__ import annotations

import contextlib
import os
import subprocess
import time
from typing import Iterator, List, Optional
from unittest import mock

import support
from runner import protocol, run
from runner.endings import Signals
from runner.observe import starvation
from runner.observe.processes import Process
from runner.run import Ended

SPINS = "while True: pass"
SLEEPS = "import time; time.sleep(600)"
CPU = min(os.sched_getaffinity(0))


@contextlib.contextmanager
def python(text: str, nice: int) -> Iterator[int]:
    """A process on one processor, the same for all; its pid."""
    def prepare() -> None:
        os.setpriority(os.PRIO_PROCESS, 0, nice)
        os.sched_setaffinity(0, {CPU})

    # In one session: the scheduler weighs sessions against one another first (autogroup).
    with subprocess.Popen(["/usr/bin/python3", "-c", text], preexec_fn=prepare) as child:
        try:
            yield child.pid
        finally:
            child.kill()


class Starved(support.Case):
    """Real processes, and states that a fake /proc shows."""

    def test_others_have_the_processor(self) -> None:
        """A process beside one of the highest priority on its processor."""
        with python(SPINS, -20), python(SPINS, 19) as last:
            self.assertRegex(starvation.starved(last) or "",
                             rf"^process {last} \(python3\) was runnable in \d+ of 20 samples "
                             r"and ran for \d+ of \d+ ms: others had the processors$")

    def test_it_sleeps(self) -> None:
        """A process that waits for nothing but time is not kept from running."""
        with python(SPINS, 19), python(SLEEPS, 0) as last:
            while (found := starvation.process(last)) is None or found.state != "S":
                time.sleep(0.01)
            self.assertIsNone(starvation.starved(last))

    def _fake(self, states: List[str], ran: List[int]) -> Optional[str]:
        """What is found of a program (pid 1) and of khugepaged (pid 2) with these states, that
        ran for so long in the time of the samples, in ns."""
        looks = [0, 0]

        def process(pid: int) -> Process:
            return Process(pid, 0, ("program", "khugepaged")[pid - 1], states[pid - 1], 0, 0)

        def ran_ns(pid: int) -> int:
            looks[pid - 1] += 1
            return ran[pid - 1] if looks[pid - 1] > 1 else 0

        with mock.patch.multiple(starvation, process=process, _ran_ns=ran_ns,
                                 descendants=lambda root: [],
                                 _daemons=lambda: [process(2)]):
            return starvation.starved(1)

    def test_a_kernel_thread(self) -> None:
        """khugepaged without a processor explains a program that waits in the kernel alone."""
        self.assertRegex(self._fake(["D", "R"], [0, 0]) or "", r"^process 2 \(khugepaged\) ")
        self.assertIsNone(self._fake(["S", "R"], [0, 0]))
        self.assertIsNone(self._fake(["D", "S"], [0, 0]))
        self.assertIsNone(self._fake(["D", "R"], [0, 10 ** 9]))

    def test_it_kept_them_busy_itself(self) -> None:
        """A program that used the processors has not been kept from them."""
        busy = len(os.sched_getaffinity(0)) * 10 ** 9
        self.assertIsNone(self._fake(["D", "R"], [busy, 0]))

    def test_verdict(self) -> None:
        """The time limit of such a program is no verdict on the kernel."""
        self.assertEqual(protocol.ending(Ended(exit=1, timed_out=True)), (
            "timeout", "time limit passed after 0.0 s, left with exit status 1 when told to"))
        self.assertEqual(protocol.ending(Ended(exit=1, timed_out=True, starved="others")), (
            "disturbed", "time limit passed after 0.0 s, left with exit status 1 when told to; "
            "others"))

    def test_run(self) -> None:
        """run_program() asks once, when the limit passes, and not where there are no others."""
        for alone in (False, True):
            with self.subTest(alone=alone), mock.patch.object(
                    run.environment, "alone", lambda known=alone: known), mock.patch.object(
                    run, "starved", return_value="others") as asked, Signals() as signals:
                ended = run.run_program(["/bin/sleep", "600"], 0.1, signals)
            self.assertTrue(ended.timed_out)
            self.assertEqual(ended.starved, None if alone else "others")
            self.assertEqual(asked.call_count, 0 if alone else 1)


if __name__ == "__main__":
    support.main()
