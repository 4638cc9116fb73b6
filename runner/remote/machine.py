# SPDX-License-Identifier: LGPL-2.1-or-later
"""A machine under test that ssh reaches: booted by nobody, and brought back by a command."""
from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import time
from dataclasses import replace
from typing import Any, BinaryIO, Callable, Dict, List, Optional, Sequence, Tuple

from ..endings import LOOK_SECONDS, check, run_tool
from ..errors import NEW_BOOT, Refused
from ..inherited import KEEP
from ..known_list import FOLDER_VARIABLE
from ..programs import Program, described_programs
from ..request import Request
from ..text import clean, decode
from ..watch.box import Box
from . import cargo
from .asked import Reach
from .console import Console
from .far.frames import LEAST_SECONDS
from .link import Link
from .mirror import Mirror
from .ssh import Ssh, Unreachable

Json = Dict[str, Any]
# The file of the descriptions of programs, in the folder of the run.
DESCRIBED = "described.json"
# How long a reset may take, and the pause between two tries to reach a machine.
RESET_SECONDS, TRY_SECONDS = 300.0, 2.0
# Without an answer for this time after a link was lost, the machine counts as dead or hung.
AGAIN_SECONDS = 60.0


class Gone(Refused):
    """The machine cannot be had (again)."""


class Remote:
    """A machine. Release with close(). `pack` makes the archive of what is copied; `note` prints a
    line."""

    console = "console.log"
    slow = 1.0
    asks_here = False

    def __init__(self, host: str, reach: Reach, pack: Callable[[], BinaryIO],
                 note: Callable[[str], None]) -> None:
        self.host, self.reach, self._pack = host, reach, pack
        self.name = host.rpartition("@")[2]
        self.note = lambda text: note(f"{self.host}: {text}")
        self.stall_s = reach.stall_s
        self.time_scale = 1.0
        # Filled once they have been described.
        self.programs: List[Program] = []
        self.hello: Json = {}
        self._far = f"{reach.folder}/hugeproof-{secrets.token_hex(8)}"
        self._ssh = Ssh(host, reach.options)
        self._console: Optional[Console] = None
        self._link: Optional[Link] = None
        self._log: Optional[BinaryIO] = None
        # True when it has been found again since its link was lost, and when that took too long.
        self._well = self._closed = self._sought = False

    def meet(self) -> None:
        """Connects, and finds out what the machine is; changes nothing there. Raises Refused."""
        self._ssh.connect()
        self.hello = self._look()
        if self.reach.console:
            self._console = Console(self.reach.console, self._environment, self.note)

    @property
    def _environment(self) -> Dict[str, str]:
        """For the commands of the user."""
        return {"HUGEPROOF_HOST": self.name}

    def _open(self, look: bool) -> Link:
        return Link(self._ssh, {"look": look, "folder": self._far,
                                "link_s": max(self.stall_s, LEAST_SECONDS)},
                    self.reach.sudo, self.stall_s)

    def _look(self) -> Json:
        link = self._open(look=True)
        link.close()
        return link.hello

    def box(self, given: int) -> Box:
        """The folder for the record of the next boot."""
        return Mirror()

    def command(self, asked: Request, lab: Json, described: str) -> List[str]:
        """The words for the runner there."""
        far = f"{self._far}/run"
        return replace(
            asked, selection=replace(asked.selection, programs=None if self.reach.installed else
                                     f"{self._far}/cargo/{cargo.PROGRAMS}"),
            skip_files=[f"{far}/{os.path.basename(path)}" for path in asked.skip_files],
            known_issues=(), new_boot=bool(self.reach.reset),
            into=asked.into and far, resume=asked.resume and far).words()

    def unrecorded(self, words: Sequence[str]) -> List[str]:
        """The words of list and probe, for the runner there."""
        return [*words, *(self._where if words[0] == "list" else ())]

    @property
    def _where(self) -> List[str]:
        return [] if self.reach.installed else [
            "--programs", f"{self._far}/cargo/{cargo.PROGRAMS}"]

    def boot(self, words: Sequence[str]) -> Link:
        """Starts a command that only prints. Raises Refused."""
        return self._begin(self._open(look=False), words, None)

    def boot_recorded(self, words: Sequence[str], folder: str, box: Box) -> Link:
        """Starts a command whose record comes through the box, on a machine that is brought back
        first where the last command ended with it. Raises Refused."""
        assert isinstance(box, Mirror)
        if self._link:
            self._bring_back(self._link)
        self._well = self._sought = False
        link = self._open(look=False)
        link.mirror = box
        link.vanish = lambda reason: self._find_again(link, reason)
        self._link = link
        try:
            self._log = self._log or open(os.path.join(folder, self.console), "ab")
            link.log = self._log
            if self._console:
                # What it has shown until now, or shows again, is about earlier boots.
                self._log.write(self._console.read())
                link.hear = self._console.read
            self._begin(link, words, box)
            if not self.programs:
                told = os.path.join(folder, DESCRIBED)
                shutil.copyfile(os.path.join(box.place, DESCRIBED), told)
                self.programs += described_programs(told)
        except BaseException:
            link.close()
            raise
        return link

    def _begin(self, link: Link, words: Sequence[str], box: Optional[Mirror]) -> Link:
        """Sends what the command needs, and starts it."""
        with self._pack() as archive:
            size = archive.seek(0, os.SEEK_END)
            if not self.reach.installed:
                self.note(f"copies {size / 1e6:.1f} MB")
            archive.seek(0)
            link.give_file("cargo.tar.gz", archive)
        link.give({"kind": "unpack", "name": "cargo.tar.gz"})
        if box:
            for name in box.files():
                with open(os.path.join(box.place, name), "rb") as file:
                    link.give_file(f"run/{name}", file)
        runner = ["hugeproof"] if self.reach.installed else [
            "python3", os.path.join(self._far, "cargo", cargo.RUNNER, "run_tests.py")]
        told = f"{self._far}/run/{DESCRIBED}"
        describe = [*runner, "list", "--remember", told, *self._where]
        link.begin({"argv": [*runner, *words], "restore": [*runner, "restore"],
                    "describe": describe if box and not self.programs else [],
                    "kernel": self._console is None, "print": box is None,
                    "env": {"LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1",
                            "PYTHONPATH": f"{self._far}/cargo/{cargo.PACKAGES}",
                            "HUGEPROOF_DESCRIBED": told, "HUGEPROOF_WATCHED": "1",
                            FOLDER_VARIABLE: f"{self._far}/cargo/{cargo.KNOWN}",
                            **{name: os.environ[name] for name in (KEEP,) if name in os.environ}}})
        return link

    def _find_again(self, link: Link, reason: str) -> Tuple[str, str]:
        """The verdict for a lost link: that the machine could not be judged, if it is found in the
        same boot; that it died, if it is found in another; that it hangs, if it is not found."""
        link.drop()
        self.note(f"{reason}: looks whether the machine is there")
        # Without a reset there is nothing to be done but to wait for it.
        seconds = max(AGAIN_SECONDS, self.stall_s, 0 if self.reach.reset else self.reach.wait_s)
        ends, said = time.monotonic() + seconds, ""
        while time.monotonic() < ends:
            try:
                boot = self._seen()["boot"]
            except Unreachable as refused:
                said = str(refused)
                link.wait(TRY_SECONDS)
                if link.panicked:
                    return "panic", "it panicked"
                continue
            self._well = True
            if boot == self.hello["boot"]:
                return "broken", f"{reason}; the machine itself is there, in the same boot"
            return "panic", f"{reason}; the machine has booted since"
        self._sought = True
        return "timeout", f"{reason}; {said}"

    def _seen(self) -> Json:
        """What the machine is now. Raises Unreachable."""
        self._ssh.connect()
        return self._look()

    def _bring_back(self, last: Link) -> None:
        """Brings the machine back after a command that ended with it, or that asked for a new boot.
        Raises Gone."""
        reset = self.reach.reset if last.exited == NEW_BOOT or (
            last.exited is None and not self._well) else None
        if reset:
            self.note("is reset")
            done = run_tool(["/bin/sh", "-c", reset], f"the reset of {self.host}", RESET_SECONDS,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            env={**os.environ, **self._environment})
            if done.returncode:
                lines = decode(done.stdout).strip().splitlines()
                raise Gone(f"{self.host} cannot be reset: {clean(reset)} ended with status "
                           f"{done.returncode}" + (f": {clean(lines[-1])}" if lines else ""))
        seconds = 0.0 if self._sought and not reset else self.reach.wait_s
        ends, said = time.monotonic() + seconds, "it has not booted"
        while True:
            try:
                found = self._seen()
                if not reset or found["boot"] != self.hello["boot"]:
                    break
            except Unreachable as refused:
                said = str(refused)
            if time.monotonic() > ends:
                raise Gone(f"{self.host} has not come back within {self.reach.wait_s:g} s: {said}")
            self._pause(TRY_SECONDS)
        if found["kernel"] != self.hello["kernel"]:
            raise Gone(f"{self.host} has come back with kernel {clean(found['kernel'][0])}, not "
                       f"{clean(self.hello['kernel'][0])}, or with another build of it")
        self.hello = found

    def _pause(self, seconds: float) -> None:
        """Waits, and goes on keeping what the console says."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            check()
            if self._console and self._log:
                self._log.write(self._console.read())
                self._log.flush()
            time.sleep(LOOK_SECONDS)

    def close(self, tidy: bool = True) -> None:
        """Ends everything; a second call does nothing. With `tidy` what an earlier link may have
        left there is removed."""
        if self._closed:
            return
        self._closed = True
        if self._link and not self._link.bye:
            try:
                if not tidy:
                    raise Refused("it restores its settings by itself")
                self._ssh.connect()
                self._open(look=False).close()
            except Refused as refused:
                self.note(f"what was copied to {self._far} may still be there ({refused})")
        if self._console:
            self._console.close()
        if self._log:
            self._log.close()
        self._ssh.close()
