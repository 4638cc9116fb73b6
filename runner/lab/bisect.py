# SPDX-License-Identifier: LGPL-2.1-or-later
"""Finds the commit since which a point fails, by building and booting kernels of a git tree."""
from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import textwrap
import time
from dataclasses import dataclass
from typing import Any, Dict, List, Optional

from .. import __version__, calls
from ..commands.common import counted
from ..endings import Signals, run_tool
from ..errors import Interrupted, Refused, why
from ..output import say
from ..record import write_whole
from ..text import clean, count, decode
from . import cache, kernel, options, source, tried
from .tried import BAD, CANNOT_TELL, GOOD, Outcome

Json = Dict[str, Any]
WORDS = {GOOD: "good", BAD: "bad", CANNOT_TELL: "skip"}
# git bisect run stops at an exit status above 127.
STOP = 128
REPORT, LOG = "report.txt", "bisect.log"
# The time limit of a git command, in seconds: checking out a kernel's tree on a slow disk.
GIT_SECONDS = 1800.0
_COMMIT = re.compile(r"[0-9a-f]{40,64}\Z")
# Whole lines are matched, because git's output has titles of commits and warnings as well, which
# may contain these words.
_FOUND = re.compile(r"^([0-9a-f]{40,64}) is the first bad commit$", re.MULTILINE)
_SKIPPED = re.compile(r"^The first bad commit could be any of:$", re.MULTILINE)


@dataclass(frozen=True)
class Asked:
    """What is asked for: the git tree, a revision on which the point passes and one on which it
    fails, how often each kernel is tried, the guest's options except its kernel, and the folder
    of results."""

    git: str
    good: str
    bad: str
    point: str
    times: int
    options: Json
    results: str
    as_json: bool = False


class Work:
    """A separate work tree for a user's git tree, which is not changed: the work tree only borrows
    its objects. The same work tree is used each time, so that builds are incremental. Raises
    Refused where there is no git tree."""

    def __init__(self, git: str) -> None:
        self.origin = os.path.realpath(git)
        top = self._git("-C", self.origin, "rev-parse", "--git-common-dir")
        self.objects = os.path.realpath(os.path.join(self.origin, top))
        self.path = cache.folder("bisect", cache.key(self.objects))

    @staticmethod
    def _git(*words: str) -> str:
        done = run_tool([cache.need_tool("git"), *words], f"git {words[2]}", GIT_SECONDS,
                        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                        env=dict(os.environ, LC_ALL="C", GIT_TERMINAL_PROMPT="0"))
        if done.returncode:
            said = decode(done.stderr).strip().splitlines() or ["no output"]
            raise Refused(f"git: {clean(said[-1], 300)}")
        return decode(done.stdout).strip()

    def commit(self, revision: str) -> str:
        """The commit of a revision in the user's tree. Raises Refused."""
        try:
            found = self._git("-C", self.origin, "rev-parse", "--verify", "--quiet",
                              "--end-of-options", f"{revision}^{{commit}}")
        except Refused:
            found = ""
        if not _COMMIT.match(found):
            raise Refused(f"{clean(self.origin)} has no commit {clean(revision)}")
        return found

    def make(self) -> None:
        """Makes the work tree if it does not exist. Raises Refused."""
        if not os.path.isdir(os.path.join(self.path, ".git")):
            self._git("-C", "/", "clone", "--quiet", "--shared", "--no-checkout", "--",
                      self.objects, self.path)

    def git(self, *words: str) -> str:
        """The output of a git command in the work tree. Raises Refused."""
        return self._git("-C", self.path, *words)

    def check_out(self, commit: str) -> None:
        """Checks out a commit; files that do not differ keep their times."""
        self.git("checkout", "--quiet", "--force", "--detach", commit)


class Bisection:
    """The search. Raises Refused for requests that are not possible before anything is built."""

    def __init__(self, asked: Asked) -> None:
        self.asked, self.work = asked, Work(asked.git)
        self.good, self.bad = self.work.commit(asked.good), self.work.commit(asked.bad)
        if self.good == self.bad:
            raise Refused("the good and the bad revision are the same commit")
        self.folder = ""
        self.said: Dict[str, Outcome] = {}

    def go(self) -> int:
        """Searches, and writes the results. Returns 0 when one commit is left, and 125 when
        several are that cannot be told apart. Raises Refused."""
        self.work.make()
        with cache.locked(self.work.path):
            self.folder = calls.new_folder(self.asked.results, "bisect")
            try:
                with Signals() as signals:
                    return self._search(signals)
            except Interrupted as interrupted:
                raise Refused(f"interrupted by {interrupted} (what was tried is in "
                              f"{clean(self.folder)})") from None

    def _search(self, signals: Signals) -> int:
        for commit, name, wanted in ((self.bad, self.asked.bad, BAD),
                                     (self.good, self.asked.good, GOOD)):
            said = self._try(commit, signals)
            if said.status != wanted:
                raise Refused(f"{clean(name)} is not {WORDS[wanted]}: {said} (see {self.folder})")
        self._bisect("start")
        try:
            text = self._narrow(signals)
        finally:
            self._keep_log()
        found = _FOUND.search(text)
        self._bisect("reset", self.good)
        left = [] if found else _left(text)
        if found:
            self._report(found.group(1))
        elif not self.asked.as_json:
            print(f"which commit it is cannot be told: {count(len(left), 'commit')} are left, "
                  "which do not build, do not boot or say nothing of the point")
        if self.asked.as_json:
            print(json.dumps(self._as_json(found.group(1) if found else None, left), indent=1))
        return GOOD if found else CANNOT_TELL

    def _as_json(self, commit: Optional[str], left: List[str]) -> Json:
        return {"format": 1, "point": self.asked.point, "folder": self.folder, "commit": commit,
                "left": left, "tries": [{
                    "commit": each, "word": WORDS[said.status], "verdict": said.verdict,
                    "reason": said.reason or None} for each, said in self.said.items()]}

    def _narrow(self, signals: Signals) -> str:
        """Tries commits until none is left to try; returns git's output then."""
        self._bisect("bad", self.bad)
        text = self._bisect("good", self.good)
        while not _FOUND.search(text) and not _SKIPPED.search(text):
            commit = self.work.git("rev-parse", "HEAD")
            text = self._bisect(WORDS[self._try(commit, signals).status], commit)
        return text

    def _keep_log(self) -> None:
        """Keeps the log of git bisect, also of a search that was interrupted. The file is copied
        without git, because a signal ends git as well."""
        try:
            shutil.copyfile(os.path.join(self.work.path, ".git", "BISECT_LOG"),
                            os.path.join(self.folder, LOG))
        except OSError as error:
            say(f"cannot write {LOG}: {why(error)}")

    def _bisect(self, *words: str) -> str:
        """The output of a git bisect command. It may exit with an error when only skipped commits
        are left, which is a result."""
        done = run_tool([cache.need_tool("git"), "-C", self.work.path, "bisect", *words],
                        "git bisect", GIT_SECONDS, stdout=subprocess.PIPE,
                        stderr=subprocess.STDOUT, env=dict(os.environ, LC_ALL="C"))
        text = decode(done.stdout)
        if done.returncode and not _SKIPPED.search(text):
            raise Refused("git bisect: " + clean(" ".join(text.split()), 300))
        return text

    def _try(self, commit: str, signals: Signals) -> Outcome:
        """Builds and boots a commit. One that does not build or boot counts as skipped."""
        if commit in self.said:
            return self.said[commit]
        began = time.monotonic()
        try:
            self.work.check_out(commit)
            self._build()
            said = tried.again({**self.asked.options, "kernel": f"build:{self.work.path}"},
                               self.asked.point, self.asked.times,
                               os.path.join(self.folder, commit[:12]), signals)
        except Refused as refused:
            if signals.requested:
                raise Interrupted(signals.requested) from None
            said = Outcome("unknown", str(refused))
        self.said[commit] = said
        say(f"{self._name(commit)}: {WORDS[said.status]}: {said} "
            f"({time.monotonic() - began:.0f} s)")
        return said

    def _build(self) -> None:
        kernel.Tree(source.of_folder(self.work.path), kernel.fragment_path(),
                    options.arch_of(self.asked.options)).bring_up()

    def _name(self, commit: str) -> str:
        return clean(self.work.git("show", "--no-patch", "--format=%h (\"%s\")", commit), 200)

    def _report(self, commit: str) -> None:
        asked, said = self.asked, self.said[commit]
        about = self.work.git("show", "--no-patch", "--format=%H%n%an <%ae>%n%ad%n%s", commit)
        lines = [clean(line, 300) for line in about.splitlines()]
        tries = [f"  {WORDS[what.status]:4}  {self._name(each)}"
                 + ("" if what.status == GOOD else f"\n        {what}")
                 for each, what in self.said.items()]
        wrapped = textwrap.fill(
            f"{asked.point} passes before this commit and fails from it on, each kernel tried "
            f"{count(asked.times, 'time')} in a QEMU guest with the lab's configuration of "
            f"hugeproof {__version__} (scripts/lab.config):", 72)
        text = "\n".join([
            f"Subject: [REGRESSION] {asked.point} fails since {self._name(commit)}", "",
            wrapped, "", *(f"  {line}" for line in lines), "", "What fails:",
            f"  {said}", "", "What was tried:", *tries, "",
            f"#regzbot introduced: {commit[:12]}", "", ""])
        write_whole(os.path.join(self.folder, REPORT), text)
        if asked.as_json:
            return
        print(f"first bad commit: {self._name(commit)}")
        print(f"a text to send: {os.path.relpath(self.folder)}/{REPORT}")


def _left(text: str) -> List[str]:
    return re.findall(r"^[0-9a-f]{40,64}$", text, re.MULTILINE)


def times(text: Optional[str]) -> int:
    """--times. Raises Refused."""
    if text is None:
        return 1
    return counted(text, "times", 1000)


def one_point(words: List[str]) -> str:
    """The one point that the words name. Raises Refused."""
    if len(words) != 1 or "/" not in words[0] or "." not in words[0] or any(
            sign in words[0] for sign in "*?["):
        raise Refused("name one point, such as hugetlb/private_cow.child_writes@2M")
    return words[0]


def try_kernel(asked: Asked) -> int:
    """lab try: returns the exit status that git bisect run expects."""
    folder = calls.new_folder(asked.results, "try")
    try:
        with Signals() as signals:
            said = tried.again(asked.options, asked.point, asked.times, folder, signals)
    except Interrupted as interrupted:
        say(f"interrupted by {interrupted}")
        return STOP
    except Refused as refused:
        said = Outcome("unknown", str(refused))
    except OSError as error:
        said = Outcome("unknown", why(error))
    if asked.as_json:
        print(json.dumps({"format": 1, "point": asked.point, "folder": folder,
                          "word": WORDS[said.status], "verdict": said.verdict,
                          "reason": said.reason or None}, indent=1))
    else:
        print(f"{WORDS[said.status]}: {asked.point}: {said}")
    return said.status
