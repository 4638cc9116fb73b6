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
from typing import Dict, List, Optional, Sequence, Tuple

from ..endings import run_tool
from ..errors import Refused, why
from ..record import write_whole
from ..text import clean
from . import cache
from .source import Source

TOOLS = ("make", "gcc", "flex", "bison", "bc", "lz4")
# A whole kernel on one slow processor.
BUILD_SECONDS = 4 * 3600.0
_TINY = ("kernel/configs/tiny-base.config", "kernel/configs/tiny.config")
_LINE = re.compile(r"(?:CONFIG_(\w+)=(.*)|# CONFIG_(\w+) is not set)\Z")
Wanted = Dict[str, str]


def fragment_path() -> str:
    """scripts/lab.config of this project."""
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return os.path.join(top, "scripts", "lab.config")


def parse(text: str, path: str = "the configuration") -> Wanted:
    """Option -> value of configuration lines; `n` for those that are not set."""
    wanted: Wanted = {}
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        match = _LINE.match(line)
        if match:
            wanted[match.group(1) or match.group(3)] = match.group(2) or "n"
        elif line and not line.startswith("#"):
            raise Refused(f"{clean(path)}: line {number} is no configuration line: {clean(line)}")
    return wanted


def unmet(wanted: Wanted, config: str) -> List[str]:
    """The options that the finished configuration does not have as they were wanted."""
    got = parse(config)
    return [name for name, value in wanted.items() if got.get(name, "n") != value]


def jobs() -> int:
    """One more than there are processors, so that none waits for the disk."""
    return len(os.sched_getaffinity(0)) + 1


def make_command(source: str, build: str, njobs: int, *targets: str) -> List[str]:
    """The command that builds `source` outside of itself, the same on every machine."""
    return ["make", "-C", source, f"O={build}", f"-j{njobs}", "--no-print-directory",
            "KBUILD_BUILD_USER=lab", "KBUILD_BUILD_HOST=hugeproof", *targets]


def _content(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError as error:
        raise Refused(f"cannot read {clean(path)}: {why(error)}") from None


class Tree:
    """A build of one source with one configuration: the objects, the image. `more`: a second
    fragment, and `words` that every make is given, if any."""

    def __init__(self, source: Source, fragment: str, more: Optional[str] = None,
                 words: Sequence[str] = ()) -> None:
        self.fragment = _content(fragment) + (_content(more) if more else "")
        self.wanted = parse(self.fragment, fragment)
        self.source, self.words = source, list(words)
        compiler = cache.run_tool([cache.need_tool("gcc"), "-dumpfullversion"], "gcc")
        self.path = cache.folder("kernel", cache.key(source.identity, self.fragment, compiler,
                                                     *self.words))
        self.build = os.path.join(self.path, "build")
        self.image = os.path.join(self.path, "bzImage")
        self.log = os.path.join(self.path, "build.log")
        self._built = os.path.join(self.path, "built.json")

    def ready(self) -> bool:
        """True when the image is of the source as it is now."""
        try:
            with open(self._built, encoding="utf-8") as file:
                return bool(json.load(file).get("state") == self.source.state) and os.path.exists(
                    self.image)
        except (OSError, ValueError):
            return False

    def make(self, *targets: str) -> int:
        """Runs make on the tree; its exit status. What it says goes to the log."""
        with open(self.log, "ab") as file:
            return run_tool(make_command(self.source.path, self.build, jobs(), *self.words,
                                         *targets),
                            "make of the kernel", BUILD_SECONDS, stdout=file,
                            stderr=subprocess.STDOUT,
                            env=dict(os.environ, LC_ALL="C")).returncode

    def bring_up(self) -> Tuple[str, List[str]]:
        """Builds what is not built. The image's path, and options that this
        version of the kernel does not know. Raises Refused."""
        with cache.locked(self.path):
            os.makedirs(self.build, exist_ok=True)
            if self.ready():
                return self.image, []
            for tool in TOOLS:
                cache.need_tool(tool)
            for path in (self._built, self.log):
                if os.path.exists(path):
                    os.unlink(path)
            began = time.monotonic()
            print(f"building the lab's kernel from {self.source.identity}: some minutes the "
                  f"first time, log in {self.log}", file=sys.stderr)
            unknown = self._configure()
            if self.make("bzImage"):
                raise Refused(f"the kernel does not build: {failure(self.log)} (log in "
                              f"{self.log})")
            shutil.copyfile(os.path.join(self.build, "arch/x86/boot/bzImage"),
                            self.image + ".new")
            os.rename(self.image + ".new", self.image)
            write_whole(self._built, json.dumps({
                "source": self.source.identity, "state": self.source.state,
                "seconds": round(time.monotonic() - began, 1)}) + "\n")
            return self.image, unknown

    def _configure(self) -> List[str]:
        """Writes build/.config; the wanted options that this source does not know."""
        allowed = os.path.join(self.path, "wanted.config")
        text = ""
        for name in _TINY:
            with open(os.path.join(self.source.path, name), encoding="utf-8") as file:
                text += "".join(line for line in file
                                if not (match := _LINE.match(line.strip()))
                                or (match.group(1) or match.group(3)) not in self.wanted)
        write_whole(allowed, text + self.fragment)
        if self.make("allnoconfig", f"KCONFIG_ALLCONFIG={allowed}"):
            raise Refused(f"the kernel cannot be configured: {failure(self.log)} (log in "
                          f"{self.log})")
        with open(os.path.join(self.build, ".config"), encoding="utf-8") as file:
            missing = unmet(self.wanted, file.read())
        unknown = self._unknown(missing) if missing else []
        refused = [name for name in missing if name not in unknown]
        if refused:
            raise Refused("options of scripts/lab.config that this kernel does not take "
                          f"together with the others: {', '.join(refused)}")
        return unknown

    def _unknown(self, names: List[str]) -> List[str]:
        """Those of the options that no Kconfig file of the source defines."""
        defined = set()
        for at, folders, files in os.walk(self.source.path):
            folders[:] = [name for name in folders if name not in (".git", "Documentation")]
            for name in files:
                if name.startswith("Kconfig"):
                    with open(os.path.join(at, name), encoding="utf-8",
                              errors="replace") as file:
                        defined.update(re.findall(r"^\s*(?:menu)?config (\w+)", file.read(),
                                                  re.MULTILINE))
        return [name for name in names if name not in defined]


def failure(log: str) -> str:
    """The line of a build's log that tells best why it failed."""
    try:
        with open(log, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError as error:
        return why(error)
    for line in lines:
        if re.search(r"\b(error|undefined reference|No rule to make)\b", line):
            return clean(line.strip(), 300)
    return clean(lines[-1].strip(), 300) if lines else "no output"
