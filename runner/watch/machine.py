# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a run needs of the machine under test: a guest of the lab, or one that ssh reaches."""
from __future__ import annotations

from typing import Any, Dict, List, Optional, Protocol, Sequence, Tuple

from ..request import Request
from .box import Box

Json = Dict[str, Any]


class Boot(Protocol):
    """A boot of the machine, on which a command runs. Release with close(), which ends it.

    `events` are messages about the command, of which `exit STATUS` is the last; `output` is what
    it wrote, `console` what the kernel printed. `what` names the machine in sentences.
    """

    what: str
    events: List[str]

    @property
    def output(self) -> bytes:
        """What the command wrote until now."""

    @property
    def console(self) -> bytes:
        """What the kernel printed until now."""

    def wait(self, seconds: float) -> bool:
        """Waits at most that long, and reads what is new; True when the boot has ended."""

    def event(self, word: str) -> Optional[str]:
        """The rest of the message that begins with that word; None without one."""

    def waited_ns(self) -> Dict[str, int]:
        """For how long each thread of the machine waited for a processor of this one."""

    def stopped(self) -> Optional[str]:
        """Why waiting any longer is useless; None if it is not."""

    def vanished(self, stopped: Optional[str]) -> Tuple[str, str]:
        """The verdict and the reason for a boot that ended, or `stopped`, without the status of
        its command."""

    def close(self) -> None:
        """Ends the boot."""


class Machine(Protocol):
    """A machine that is booted as often as a run needs. `stall_s`: after how long without a sign of
    life, beyond the time that a program may be silent, it counts as hung; `console` is the name of
    the console log in the run's folder; `slow` multiplies the time that a program may take, beside
    `time_scale`; `asks_here`: its programs can be run here for their descriptions."""

    stall_s: float
    console: str

    @property
    def slow(self) -> float:
        """How much slower it is than the time scale says."""

    @property
    def time_scale(self) -> float:
        """What multiplies time limits."""

    @property
    def asks_here(self) -> bool:
        """True when programs can be asked here."""

    def box(self, given: int) -> Box:
        """An empty folder for the record of the next boot, with room for `given` bytes besides
        what the machine adds. Raises Refused."""

    def command(self, asked: Request, lab: Json, described: str) -> List[str]:
        """The command for a request, whose folder is that of the record."""

    def boot(self, command: Sequence[str]) -> Boot:
        """Boots it for a command that only prints. Raises Refused."""

    def boot_recorded(self, command: Sequence[str], folder: str, box: Box) -> Boot:
        """Boots it for a command whose record goes through the box into that folder. Raises
        Refused."""
