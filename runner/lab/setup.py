# SPDX-License-Identifier: LGPL-2.1-or-later
"""What all boots of a run have in common: the guest, how it is run, and which files of the host
it sees."""
from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import Any, Dict, List, Optional, Sequence

from ..errors import Refused
from ..request import Request
from ..text import clean
from ..watch.box import Box as AnyBox
from ..watch.follow import STALL_SECONDS
from .accel import COUNTING_SLOWDOWN, Accel
from .boot import Boot
from .box import Box
from .command import command_for
from .guest import Guest
from .jail import covered
from .launch import Launch
from .share import Share
from .user import unused

Json = Dict[str, Any]


@dataclass
class Setup:
    """What all boots of a run have in common. `console` is the name of the console log in the
    run's folder, `root` the root file system of a guest of another architecture."""

    guest: Guest
    accel: Accel
    sharing: str
    results: str
    keep: List[str] = field(default_factory=list)
    stall_s: float = STALL_SECONDS
    user: int = field(default_factory=unused)
    console: str = "console.log"
    root: str = ""

    def shares(self, box: Optional[Box] = None) -> List[Share]:
        """The host's root, which the guest sees read-only, and the folder that it can write, if
        any."""
        found = [Share("hostroot", "/", True)]
        if self.root:
            found.append(Share("root", self.root, True))
        return found + [Share("results", box.path, False, box.model, box.fd)] if box else found

    def settings(self, output: str, results: Optional[str] = None) -> Dict[str, str]:
        """The settings for guest-init. `output`: where the command's output goes; `results`:
        where the folder that the guest can write is mounted. Raises Refused."""
        folder = os.getcwd()
        keep = sorted({path for path in (os.path.abspath(name) for name in (*self.keep, folder))
                       if self.root or covered(path)})
        for path in (*keep, folder, results or ""):
            if "\n" in path:
                raise Refused(f"a folder with a line break in its name: {clean(path)}")
        settings = {"output": output, "folder": folder,
                    "keep": "".join(path + "\n" for path in keep)}
        if self.root:
            settings["own_root"] = ""
        if results:
            settings["results"] = results
        if self.guest.swap_mb:
            settings["swap"] = f"{self.guest.swap_mb}M"
        return settings

    @property
    def slow(self) -> float:
        """A guest that counts instructions is slower than its time scale says."""
        return COUNTING_SLOWDOWN if self.guest.count_instructions else 1.0

    @property
    def time_scale(self) -> float:
        """What multiplies time limits."""
        return self.accel.time_scale

    @property
    def asks_here(self) -> bool:
        """True when programs can be asked for their descriptions on the host."""
        return self.guest.arch.native

    def box(self, given: int) -> Box:
        """The folder that the guest can write. Raises Refused."""
        return Box.make(given, owner=self.owner)

    def command(self, asked: Request, lab: Json, described: str) -> List[str]:
        """The command for a request, which ends where a program taints the kernel, because the
        next one needs an untainted one."""
        return command_for(replace(asked, allow_poison=True, new_boot=True).words(), lab,
                           described)

    @property
    def owner(self) -> int:
        """The user who writes the guest's folder on the host: QEMU's for 9p, root for virtiofsd,
        which runs as root."""
        return self.user if self.sharing == "9p" else 0

    def launch(self, settings: Dict[str, str]) -> Launch:
        """Prepares a QEMU process for a guest with these settings."""
        own = [self.root] if self.root else []
        keep = [path for path in (*settings["keep"].splitlines(), *own) if covered(path)]
        return Launch(self.guest, self.accel.name, self.sharing, self.user, keep,
                      [*self.keep, *own], [settings["folder"]])

    def boot(self, command: Sequence[str]) -> Boot:
        """Boots a guest for a command that only prints."""
        settings = self.settings(f"/dev/{self.guest.arch.lines[0]}")
        return Boot(self.launch(settings), settings, command, self.shares())

    def boot_recorded(self, command: Sequence[str], folder: str, box: AnyBox) -> Boot:
        """Boots a guest for a command whose record goes through the box into that folder, where
        the console log is written as well."""
        assert isinstance(box, Box)
        settings = self.settings("/dev/null", folder)
        return Boot(self.launch(settings), settings, command, self.shares(box),
                    os.path.join(folder, self.console))
