# SPDX-License-Identifier: LGPL-2.1-or-later
"""Builds the lab's kernel: scripts/lab.config on tinyconfig, kept in the cache."""
from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from typing import List, Optional, Sequence, Tuple

from ..endings import run_tool
from ..errors import Refused, why
from ..record import write_whole
from ..text import clean
from . import cache
from .arch import Arch
from .kconfig import Kconfig
from .source import Source
from .wanted import Values, Wanted, read, values_of

TOOLS = ("make", "gcc", "flex", "bison", "bc")
# The time limit for building a whole kernel on one slow processor, in seconds.
BUILD_SECONDS = 4 * 3600.0
_TINY = ("kernel/configs/tiny-base.config", "kernel/configs/tiny.config")
# How often dependencies are added: an option that is added may depend on further ones.
_ROUNDS = 4


def fragment_path() -> str:
    """scripts/lab.config of this project."""
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return os.path.join(top, "scripts", "lab.config")


def jobs() -> int:
    """One job more than there are processors, so that none of them waits for the disk."""
    return len(os.sched_getaffinity(0)) + 1


def make_command(source: str, build: str, njobs: int, *targets: str) -> List[str]:
    """The make command that builds `source` in a folder of its own, reproducibly."""
    return ["make", "-C", source, f"O={build}", f"-j{njobs}", "--no-print-directory",
            "KBUILD_BUILD_USER=lab", "KBUILD_BUILD_HOST=hugeproof", *targets]


def _content(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError as error:
        raise Refused(f"cannot read {clean(path)}: {why(error)}") from None


class Tree:
    """A build of one source with one configuration: the objects and the image. `more`: a second
    configuration fragment; `words`: further arguments of every make."""

    def __init__(self, source: Source, fragment: str, arch: Arch, more: Optional[str] = None,
                 words: Sequence[str] = ()) -> None:
        self.wanted = Wanted(read(_content(fragment), fragment)
                             + (read(_content(more), more) if more else [])
                             + read(arch.fragment()), source.version, arch.name)
        self.source, self.arch, self.words = source, arch, [*arch.make_words, *words]
        compiler = cache.run_tool([cache.need_tool(arch.cross + "gcc", arch.remedy),
                                   "-dumpfullversion"], "gcc")
        self.path = cache.folder("kernel", cache.key(source.identity, self.wanted.lines(),
                                                     compiler, *self.words))
        self.build = os.path.join(self.path, "build")
        self.image = os.path.join(self.path, arch.image)
        self.log = os.path.join(self.path, "build.log")
        self._built = os.path.join(self.path, "built.json")

    def ready(self) -> bool:
        """True when the image was built from the present content of the source."""
        try:
            with open(self._built, encoding="utf-8") as file:
                return bool(json.load(file).get("state") == self.source.state) and os.path.exists(
                    self.image)
        except (OSError, ValueError):
            return False

    def make(self, *targets: str) -> int:
        """Runs make on the tree, with its output in the log; returns its exit status."""
        with open(self.log, "ab") as file:
            return run_tool(make_command(self.source.path, self.build, jobs(), *self.words,
                                         *targets),
                            "make of the kernel", BUILD_SECONDS, stdout=file,
                            stderr=subprocess.STDOUT,
                            env=dict(os.environ, LC_ALL="C")).returncode

    def bring_up(self) -> Tuple[str, List[str]]:
        """Builds what is not up to date. Returns the image's path, and sentences about
        capabilities that it lacks. Raises Refused."""
        with cache.locked(self.path):
            os.makedirs(self.build, exist_ok=True)
            if self.ready():
                return self.image, []
            for tool in (*TOOLS, *self.arch.tools):
                cache.need_tool(tool)
            for path in (self._built, self.log):
                if os.path.exists(path):
                    os.unlink(path)
            began = time.monotonic()
            print(f"building the lab's kernel from {self.source.identity}: some minutes the "
                  f"first time, log in {self.log}", file=sys.stderr)
            notes = self._configure()
            if self.make(self.arch.target):
                raise Refused(f"the kernel does not build: {failure(self.log)} (log in "
                              f"{self.log})")
            shutil.copyfile(os.path.join(self.build, self.arch.built), self.image + ".new")
            os.rename(self.image + ".new", self.image)
            write_whole(self._built, json.dumps({
                "source": self.source.identity, "state": self.source.state,
                "seconds": round(time.monotonic() - began, 1)}) + "\n")
            return self.image, notes

    def _configure(self) -> List[str]:
        """Writes build/.config; returns sentences about it. Raises Refused."""
        known = Kconfig(self.source.path, self.arch.source)
        needed: Values = {}
        for _ in range(_ROUNDS):
            got = self._make_config(needed)
            missing = self.wanted.unmet(got)
            if not missing:
                break
            more = {other: "y" for name in missing for other in known.lacking(name, got)
                    if other not in needed and other not in self.wanted.values}
            if not more:
                break
            needed.update(more)
        notes = [f"set as well, for what is wanted depends on it: CONFIG_{name}"
                 for name in needed]
        refused = self.wanted.missing(known, got)
        if refused:
            raise Refused("this kernel could have, and as it is configured has not, "
                          + "; ".join(refused))
        return notes + self.wanted.absent(known)

    def _make_config(self, needed: Values) -> Values:
        """Configures the kernel with these options besides the wanted ones; returns all options
        of the resulting configuration."""
        allowed = os.path.join(self.path, "wanted.config")
        text = ""
        for name in _TINY:
            path = os.path.join(self.source.path, name)
            if os.path.exists(path):
                with open(path, encoding="utf-8") as file:
                    text += "".join(line for line in file
                                    if not set(values_of(line)) & set(self.wanted.values))
        text += self.wanted.lines()
        write_whole(allowed, text + "".join(f"CONFIG_{name}={value}\n"
                                            for name, value in needed.items()))
        if self.make("allnoconfig", f"KCONFIG_ALLCONFIG={allowed}"):
            raise Refused(f"the kernel cannot be configured: {failure(self.log)} (log in "
                          f"{self.log})")
        with open(os.path.join(self.build, ".config"), encoding="utf-8") as file:
            return values_of(file.read(), file.name)


def failure(log: str) -> str:
    """The line of a build's log that most likely says why it failed."""
    try:
        with open(log, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError as error:
        return why(error)
    for line in lines:
        if re.search(r"\b(error|undefined reference|No rule to make)\b", line):
            return clean(line.strip(), 300)
    return clean(lines[-1].strip(), 300) if lines else "no output"
