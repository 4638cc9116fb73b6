# SPDX-License-Identifier: LGPL-2.1-or-later
"""reproduce: writes a failed point as a C program, with instructions and a mail."""
from __future__ import annotations

import argparse
import glob
import json
import os
from typing import Any, Dict, List, NamedTuple, Optional

from ..endings import Signals
from ..errors import Interrupted, Refused, why
from ..lab import arch, cache
from ..lab.guest import GB_KB
from ..lab.options import KEPT, filled
from ..lab.tried import Outcome
from ..output import aside
from ..reading import load
from ..record import find_run, write_whole
from ..commands.common import add_results, counted
from ..text import clean, size_name
from ..verdicts import NOT_WELL
from . import program, trial
from .letter import Finding
from .transcript import NoTranscript, parse

Json = Dict[str, Any]
_MOST_ROUNDS = 1_000_000
# The options of a kernel's configuration that affect huge pages.
_OPTIONS = ("CONFIG_HUGETLB", "CONFIG_TRANSPARENT_HUGEPAGE", "CONFIG_NUMA", "CONFIG_CGROUP_HUGETLB",
            "CONFIG_ARCH_WANT_", "CONFIG_ARCH_ENABLE_", "CONFIG_USERFAULTFD", "CONFIG_SMP",
            "CONFIG_PREEMPT", "CONFIG_KSM", "CONFIG_MEMCG", "CONFIG_COMPACTION",
            "CONFIG_CONTIG_ALLOC", "CONFIG_MIGRATION", "CONFIG_DEBUG_VM", "CONFIG_KASAN")


def add_parser(subparsers: Any) -> None:
    """The command's options."""
    parser = subparsers.add_parser(
        "reproduce", help="write a failed point as a C program of its own", allow_abbrev=False,
        description="Writes a folder with one C file that needs no hugeproof and fails where the "
        "point failed, how to build and run it, and a mail for the kernel's lists. Of points "
        "that failed in a scenario of the model.")
    parser.add_argument("run", metavar="RUN", help="folder, name, or latest")
    parser.add_argument("point", metavar="POINT", help="the whole name of a point that failed")
    add_results(parser)
    parser.add_argument("--output", metavar="DIR", help="the folder to be made (default: "
                        "reproduce-POINT)")
    parser.add_argument("--rounds", metavar="N", help="how often the program does it all, unless "
                        f"it is given when it is run (default {program.ROUNDS})")
    parser.add_argument("--check", action="store_true", help="compile the program and run it in a "
                        "guest like that of the run: it must fail there (needs root)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--fixed", metavar="K", help="with --check: a kernel on which it must "
                        "pass, as lab run --kernel takes it, such as patched:FILE.cocci")


def run(args: argparse.Namespace) -> int:
    """Returns 0; with --check 1 if the program does not fail or pass in guests as it must."""
    if args.fixed and not args.check:
        raise Refused("--fixed goes with --check")
    rounds = _rounds(args.rounds)
    finding = _finding(*load(find_run(args.run, args.results)), args.point)
    folder = os.path.abspath(args.output or "reproduce-" + "".join(
        char if char.isalnum() else "-" for char in args.point).strip("-"))
    try:
        os.mkdir(folder)
    except OSError as error:
        raise Refused(f"cannot make {clean(folder)}: {why(error)}") from None
    source = os.path.join(folder, "reproducer.c")
    text = program.text(finding.transcript, finding.head(), rounds)
    _write(source, text)
    _write(os.path.join(folder, "mail.txt"), finding.mail(_configuration(finding.run)) + text)
    _write(os.path.join(folder, "record.json"), json.dumps(
        {"kernel": finding.run.get("kernel"), "point": finding.point,
         "log": finding.result.get("log")}, indent=1) + "\n")
    with aside(args.json):
        checked = _check(finding, source, folder, args.fixed) if args.check else []
    lines = [one.line() for one in checked]
    _write(os.path.join(folder, "README"), finding.readme(
        lines if args.check else ["Not tried yet: hugeproof's reproduce --check does."]))
    if args.json:
        print(json.dumps({"format": 1, "point": args.point, "folder": folder,
                          "program": source, "checked": [one.as_json() for one in checked]},
                         indent=1))
    else:
        print("\n".join([*lines, os.path.relpath(folder)]))
    return 0 if all(one.well() for one in checked) else 1


def _rounds(text: Optional[str]) -> int:
    if text is None:
        return program.ROUNDS
    return counted(text, "rounds", _MOST_ROUNDS)


def _finding(run: Json, results: Any, name: str) -> Finding:
    for result in results:
        for point in result["points"]:
            if point["name"] == name:
                return _of_point(run, result, point)
    raise Refused(f"the run has no point {clean(name)}")


def _of_point(run: Json, result: Json, point: Json) -> Finding:
    name = clean(point["name"])
    if point["verdict"] not in NOT_WELL:
        raise Refused(f"{name} did not fail: its verdict is {point['verdict']}")
    history = point["diagnostics"].get("history")
    try:
        return Finding(run, result, point, parse(history if isinstance(history, str) else None))
    except NoTranscript as reason:
        raise Refused(f"no program can be written of {name}: {reason}") from None


def _write(path: str, text: str) -> None:
    try:
        write_whole(path, text)
    except OSError as error:
        raise Refused(f"cannot write {clean(path)}: {why(error)}") from None


def _configuration(run: Json) -> List[str]:
    """The configuration options that affect huge pages, for a kernel that the lab built, if its
    build is in the cache; empty for others."""
    kernel = run.get("kernel") or {}
    release, version = str(kernel.get("release")), str(kernel.get("version"))
    its = next((each for each in arch.TABLE.values() if each.machine == kernel.get("machine")),
               arch.X86_64)
    for path in glob.glob(os.path.join(glob.escape(cache.folder("kernel")), "*", its.image)):
        try:
            said = its.version_of(path)
            if said.split()[:1] == [release] and said.endswith(version):
                with open(os.path.join(os.path.dirname(path), "build", ".config"),
                          encoding="ascii") as file:
                    return [line.strip() for line in file if line.startswith(_OPTIONS)]
        except (OSError, Refused):
            continue
    return []


def _guest(finding: Finding) -> Json:
    """The options of a guest like that of the run; for a run on a real machine, of one with enough
    memory for the pool."""
    options = (finding.run.get("lab") or {}).get("options")
    given = {key: options.get(key) for key in KEPT} if isinstance(options, dict) else \
        dict.fromkeys(KEPT)
    transcript = finding.transcript
    pool_mb = transcript.begins[0] * transcript.page_kb >> 10
    if not isinstance(options, dict):
        # Pages of 1 GB can only be reserved at boot.
        if transcript.page_kb >= GB_KB:
            given["hugepages"] = f"{size_name(transcript.page_kb)}:{transcript.begins[0]}"
        given["memory"] = f"{max(4, 2 * pool_mb // 1024 + 2)}G"
    return filled(given)


class _Checked(NamedTuple):
    """What became of the program in a guest with this kernel, and the verdict that was wanted."""

    kernel: str
    wanted: str
    got: Outcome

    def well(self) -> bool:
        """Whether the verdict is the wanted one."""
        return self.got.verdict == self.wanted

    def line(self) -> str:
        """For people."""
        return f"On {clean(self.kernel)}: {self.got}" + (
            "" if self.well() else f" ({self.wanted} was wanted)")

    def as_json(self) -> Json:
        """For programs."""
        return {"kernel": self.kernel, "wanted": self.wanted, "verdict": self.got.verdict,
                "reason": self.got.reason or None}


def _check(finding: Finding, source: str, folder: str, fixed: Any) -> List[_Checked]:
    """Runs the program in guests. Raises Refused."""
    binary, suite = os.path.join(folder, "reproducer"), os.path.join(folder, "suite")
    trial.compiled(source, binary)
    trial.as_suite(suite, binary)
    wanted = [(_guest(finding), "fail", "checked-fails")]
    if fixed:
        wanted.append(({**_guest(finding), "kernel": fixed}, "pass", "checked-fixed"))
    try:
        with Signals() as signals:
            return [_Checked(str(options["kernel"]), word, trial.verdict(
                        suite, options, os.path.join(folder, name), signals))
                    for options, word, name in wanted]
    except Interrupted as interrupted:
        raise Refused(f"interrupted by {interrupted} (the program is in "
                      f"{clean(source)})") from None
