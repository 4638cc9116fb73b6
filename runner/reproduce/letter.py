# SPDX-License-Identifier: LGPL-2.1-or-later
"""The texts for the program: how to run it, and a mail in the form that kernel mailing lists
expect."""
from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any, Dict, Iterator, List

from .. import __version__
from ..sources import texts
from ..text import clean
from .program import in_words
from .transcript import Transcript

Json = Dict[str, Any]
WIDTH = 72
TO, CC = "linux-mm@kvack.org", "linux-kernel@vger.kernel.org"


@dataclass(frozen=True)
class Finding:
    """A failed point, with its run, the result of its program, and its transcript."""

    run: Json
    result: Json
    point: Json
    transcript: Transcript

    @property
    def said(self) -> Json:
        """The point's diagnostics."""
        found: Json = self.point["diagnostics"]
        return found

    def _text(self, key: str) -> str:
        return clean(str(self.said.get(key) or ""), 500)

    @property
    def kernel(self) -> str:
        """Release and build of the kernel."""
        kernel = self.run.get("kernel") or {}
        return clean(f"{kernel.get('release', '?')} {kernel.get('version', '')}".strip(), 300)

    def head(self) -> List[str]:
        """The failure and its place, for the comment of the program."""
        return [f"{clean(self.point['name'], 200)} on Linux {self.kernel}:",
                *_wrapped(f"expected {self._text('expected')}, got {self._text('got')}"),
                *_wrapped(f"at {self._text('step')}"), "", "What is done:",
                *(f"  {line}" for line in self.steps())]

    def steps(self) -> Iterator[str]:
        """The steps, one line each."""
        number = 0
        for act in self.transcript.acts:
            if act.verb != "=":
                number += 1
                yield f"{number:2}. {in_words(act)}"

    def machine(self) -> Iterator[str]:
        """The properties of the machine that may matter."""
        run, kernel = self.run, self.run.get("kernel") or {}
        yield f"kernel: {self.kernel} {clean(str(kernel.get('machine', '')), 40)}"
        yield f"command line: {clean(str(kernel.get('command_line', '')), 1000)}"
        yield (f"{run.get('processors', '?')} processors, {run.get('nodes', '?')} NUMA nodes, "
               f"{int(run.get('memory_kb') or 0) >> 10} MB")
        yield f"huge pages of {self.transcript.page_kb} kB"
        thp = run.get("thp")
        if isinstance(thp, dict):
            yield "transparent huge pages: " + clean(", ".join(
                f"{key} {value}" for key, value in thp.items()), 500)
        lab = run.get("lab")
        if isinstance(lab, dict):
            options = {key: value for key, value in (lab.get("options") or {}).items() if value}
            yield f"in a QEMU guest ({clean(str(lab.get('accel')), 20)}): " + clean(", ".join(
                f"{key} {value}" for key, value in options.items()), 500)

    def mail(self, options: List[str]) -> str:
        """The mail, with the program below it. `options`: lines of the kernel's configuration that
        may matter."""
        subject = f"[BUG] hugetlb: {self._text('got') or self.point['verdict']}"
        release = clean(str((self.run.get("kernel") or {}).get("release", "?")), 60)
        return "\n".join([
            f"To: {TO}", f"Cc: {CC}", f"Subject: {subject[:90]} ({release})", "",
            "Hello,", "",
            *_wrapped("the program below leaves huge pages in a state that their documentation "
                      f"does not allow, on Linux {self.kernel}. It does this with "
                      f"{self.transcript.flags} mappings of huge pages of "
                      f"{self.transcript.page_kb} kB, in a pool of {self.transcript.begins[0]} "
                      f"pages of which {self.transcript.begins[1] - self.transcript.begins[2]} "
                      "are neither in use nor reserved:"), "",
            *(f"  {line}" for line in self.steps()), "",
            "Expected behind the last step:", f"  {self._text('expected')}",
            "Seen:", f"  {self._text('got')}", "",
            *(["What promises it:", *(f"  {clean(text, 300)}" for text in texts(
                self.result.get("sources") or [])), ""]
              if self.result.get("sources") else []),
            "Kernel and machine:", *(f"  {line}" for text in self.machine()
                                     for line in _wrapped(text)), "",
            *(["Configuration:", *(f"  {line}" for line in options), ""] if options else []),
            *(["The kernel log meanwhile:", *(f"  {clean(str(line), 500)}"
                                              for line in self.result.get("log") or []), ""]
              if self.result.get("log") else []),
            f"Found with hugeproof {__version__}, {clean(self.point['name'], 200)}, seed "
            f"{self.run.get('seed')}.", "", ""])

    def readme(self, checked: List[str]) -> str:
        """The README of the folder."""
        return "\n".join([
            f"{clean(self.point['name'], 200)} as a program of its own", "",
            "  cc -O2 -o reproducer reproducer.c && sudo ./reproducer", "",
            *_wrapped("It needs a C library and root, and nobody else who uses huge pages of "
                      f"{self.transcript.page_kb} kB. Exit status: 0 the kernel does what it "
                      "should, 1 it does not, 2 it could not be tried. Pages of 1 GB are best "
                      "reserved at boot (hugepagesz=1G hugepages=4)."), "",
            *_wrapped("mail.txt is a report in the form that the kernel's mailing lists expect; "
                      "scripts/get_maintainer.pl -f mm/hugetlb.c in a kernel tree tells who else "
                      "should have it. record.json is what was recorded of the point."), "",
            *checked, ""])


def _wrapped(text: str) -> List[str]:
    return textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False) or [""]
