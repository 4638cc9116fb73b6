#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the functional suite on a machine that is disturbed on purpose, and compares its verdicts
with those of the quiet machine.

First the suite runs undisturbed, then once under each kind of disturbance and under all of
them. Points may pass, be skipped, disturbed or unknown; but no point may fail that does not fail on
the quiet machine, and nothing on the machine may be left changed. Needs root. Exit status: 0 if
this holds, 1 if it does not, 2 if it could not run.
"""
from __future__ import annotations

import argparse
import glob
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from typing import Dict, List, Optional, Sequence, Set, Tuple

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, TOP)

from runner.errors import Refused  # noqa: E402
from runner.record import find_run, load  # noqa: E402
from runner.parts import unfinished  # noqa: E402
from runner.report.tally import Item, items  # noqa: E402
from runner.verdicts import BAD, ORDER  # noqa: E402

KINDS = ("compaction", "khugepaged", "thp-always", "ksm", "memory", "cache", "burn", "hugetlb",
         "neighbour", "tmpfs", "admin", "kmsg", "readers")
QUIET = "quiet"
COLUMNS = tuple(word for word in ORDER if word != "panic") + ("known",)
# A hypervisor may provide memory that was not touched since the boot page by page.
READY_SECONDS = 900.0
RUN_SECONDS = 1800.0
HUGEPAGES = "/sys/kernel/mm/hugepages"
THP = "/sys/kernel/mm/transparent_hugepage"
# Counters in folders of settings.
_NOT_SETTINGS = {"full_scans", "pages_collapsed"}


# --- the state of the machine ---

def _read(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return "(none)"


def _mounts() -> str:
    """The mounts, each as its source and its place."""
    lines = [line.split() for line in _read("/proc/self/mountinfo").splitlines()]
    return " ".join(sorted(f"{line[4]}:{line[line.index('-') + 1]}" for line in lines))


def machine() -> Dict[str, str]:
    """Everything that a run or a disturbance might leave changed."""
    paths: List[str] = []
    for pattern in (f"{HUGEPAGES}/*/nr_hugepages", f"{HUGEPAGES}/*/nr_overcommit_hugepages",
                    f"{HUGEPAGES}/*/surplus_hugepages", f"{HUGEPAGES}/*/resv_hugepages",
                    f"{THP}/*", f"{THP}/hugepages-*/*enabled", f"{THP}/khugepaged/*"):
        paths += glob.glob(pattern)
    paths += [f"/sys/kernel/mm/ksm/{name}" for name in
              ("run", "sleep_millisecs", "pages_to_scan", "advisor_mode", "merge_across_nodes",
               "use_zero_pages", "max_page_sharing")]
    paths += [f"/proc/sys/vm/{name}" for name in
              ("overcommit_memory", "overcommit_ratio", "overcommit_kbytes",
               "hugetlb_shm_group", "swappiness", "compaction_proactiveness",
               "memory_failure_recovery", "max_map_count")]
    paths += [f"/proc/sys/kernel/{name}" for name in ("shmmax", "shmall", "numa_balancing")]
    found = {path: _read(path) for path in paths
             if os.path.isfile(path) and os.path.basename(path) not in _NOT_SETTINGS}
    found["SysV segments"] = " ".join(sorted(
        line.split()[1] for line in _read("/proc/sysvipc/shm").splitlines()[1:]))
    found["mounts"] = _mounts()
    folder = "/run/hugeproof/journal"
    found["journals"] = " ".join(sorted(os.listdir(folder)) if os.path.isdir(folder) else [])
    return found


def changes(before: Dict[str, str], seconds: float = 5.0) -> List[str]:
    """What has changed, a line each. Pages of a process that just ended may be freed a moment
    later."""
    deadline = time.monotonic() + seconds
    while True:
        now = machine()
        if now == before or time.monotonic() > deadline:
            break
        time.sleep(0.05)
    return [f"{path}: {before.get(path, '(none)')} -> {now.get(path, '(none)')}"
            for path in sorted(set(before) | set(now)) if before.get(path) != now.get(path)]


# --- the disturber ---

def word(text: str) -> str:
    """The chosen word of `always [madvise] never`."""
    return text[text.index("[") + 1:text.index("]")] if "[" in text else text


class Disturber:
    """A running disturbance. Raises Refused if it cannot be started."""

    def __init__(self, builds: str, kinds: str, *options: str) -> None:
        self.lines: List[str] = []
        program = os.path.join(builds, "selftest/disturb/disturb")
        if not os.access(program, os.X_OK):
            raise Refused(f"no {program}: run make check-disturbed, which builds it")
        with tempfile.NamedTemporaryFile(prefix="disturb-", delete=False) as file:
            self._file = file.name
            self.child = subprocess.Popen([program, kinds, *options], stdout=file,
                                          stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + READY_SECONDS
        while not any(line.startswith("disturbing: ") for line in self.said()):
            if self.child.poll() is not None or time.monotonic() > deadline:
                raise Refused(f"no disturbance by {kinds}: {'; '.join(self.end()) or 'silence'}")
            time.sleep(0.02)

    def said(self) -> List[str]:
        """Its output so far."""
        with open(self._file, encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()

    def by_hand(self) -> Dict[str, Tuple[str, str]]:
        """What the administrator has changed so far: path to the previous and the new value."""
        found = {}
        for line in self.said():
            if line.startswith("admin: ") and ", is set to " in line:
                path, _, rest = line[len("admin: "):].partition(" was ")
                was, _, is_set = rest.partition(", is set to ")
                found[path] = (was, is_set)
        return found

    def end(self) -> List[str]:
        """Ends it, waits until its settings are restored, and returns its whole output."""
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
        self.child.wait()
        self.lines = self.said()
        os.unlink(self._file)
        return self.lines

    def figures(self) -> Dict[str, int]:
        """Rounds by kind, after it has ended."""
        found = {}
        for line in self.lines:
            name, _, rest = line.partition(": ")
            if " rounds" in rest:
                found[name] = int(rest.split()[0])
        return found


# --- a disturbed run ---

@dataclass
class Outcome:
    """A run of the suite, quiet or not."""

    kinds: str
    seconds: float = 0.0
    items: List[Item] = field(default_factory=list)
    wrong: List[Item] = field(default_factory=list)
    # What is wrong apart from points: a run that was interrupted, settings.
    other: List[str] = field(default_factory=list)
    figures: List[str] = field(default_factory=list)
    # The points by column, for a run of an earlier call.
    kept: Dict[str, int] = field(default_factory=dict)

    def count(self, column: str) -> int:
        """Points of a verdict, or `known`."""
        if self.kept:
            return self.kept.get(column, 0)
        if column == "known":
            return sum(item.state == "known" for item in self.items)
        return sum(item.verdict == column and item.state != "known" for item in self.items)


def is_wrong(item: Item) -> bool:
    """Whether it accuses the kernel or the suite, and no known issue explains it."""
    return item.verdict in BAD and not item.known


def suite(builds: str, results: str, words: Sequence[str]) -> Outcome:
    """Runs the functional suite once."""
    os.makedirs(results, exist_ok=True)
    argv = ["/usr/bin/python3", "-B", os.path.join(TOP, "run_tests.py"), "func", *words,
            "--programs", builds, "--results", results]
    log = os.path.join(results, "said")
    began = time.monotonic()
    with open(log, "w", encoding="utf-8") as file:
        child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=file,
                                 stderr=subprocess.STDOUT)
        try:
            status: Optional[int] = child.wait(RUN_SECONDS)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGTERM)
            child.wait()
            status = None
    outcome = Outcome("", time.monotonic() - began)
    last = (_read(log).splitlines() or ["silence"])[-1]
    if status is None:
        outcome.other.append(f"the run did not end within {RUN_SECONDS:.0f} s")
    elif status not in (0, 1, 3):
        outcome.other.append(f"the run ended with status {status}: {last}")
    try:
        run, found = load(find_run("latest", results))
        outcome.items = list(items(run, found))
        cut = unfinished(run, found)
        if cut:
            outcome.other.append(f"{len(cut)} programs have no result, the first {cut[0]}")
    except Refused as refused:
        outcome.other.append(str(refused))
    return outcome


def _pool(path: str, was: Dict[str, str]) -> bool:
    return path.endswith("/nr_hugepages") and path in was


def undone_by_hand(by_hand: Dict[str, Tuple[str, str]], began: Dict[str, str]) -> List[str]:
    """What the administrator set and the suite undid. A pool counts as undone if it is as it was
    before the suite began: the administrator's pages are gone."""
    found = []
    for path, (was, is_set) in by_hand.items():
        now = word(_read(path))
        lost = now == word(began[path]) if _pool(path, began) else now == was
        if lost and now != is_set:
            found.append(f"{path}: set to {is_set} by hand, {now} after the run")
    return found


def put_back(before: Dict[str, str], paths: Sequence[str]) -> None:
    """Restores what the administrator changed, which only this program may do because it was the
    administrator."""
    for path in paths:
        if _read(path) == before.get(path):
            continue
        try:
            with open(path, "w", encoding="ascii") as file:
                file.write(word(before[path]))
        except OSError:
            pass


def disturbed(builds: str, results: str, kinds: str, words: Sequence[str], quiet: Outcome,
              options: Sequence[str] = ()) -> Outcome:
    """Runs the suite under a disturbance, and judges it by the quiet run."""
    before = machine()
    disturber = Disturber(builds, kinds, *options)
    try:
        began = machine()
        outcome = suite(builds, results, words)
        if disturber.child.poll() is not None and not any(o == "--seconds" for o in options):
            outcome.other.append("the disturbance ended before the run")
        by_hand = disturber.by_hand()
        outcome.other += undone_by_hand(by_hand, began)
    finally:
        said = disturber.end()
    put_back(before, list(by_hand))
    outcome.kinds = kinds
    outcome.figures = said
    allowed: Set[Tuple[str, str]] = {(item.name, item.verdict) for item in quiet.items
                                     if is_wrong(item)}
    outcome.wrong = [item for item in outcome.items
                     if is_wrong(item) and (item.name, item.verdict) not in allowed]
    outcome.other += [f"left changed: {line}" for line in changes(before)]
    return outcome


# --- runs of earlier calls ---

OUTCOME = "outcome.json"


def keep(outcome: Outcome, folder: str) -> None:
    """Writes what the table needs of a run into the folder of its results."""
    text = json.dumps({"kinds": outcome.kinds, "seconds": outcome.seconds,
                       "counts": {column: outcome.count(column) for column in COLUMNS},
                       "wrong": troubles(outcome)}, indent=1)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, OUTCOME), "w", encoding="utf-8") as file:
        file.write(text + "\n")


def kept(out: str) -> List[Outcome]:
    """The runs that earlier calls with this --out have written."""
    found = []
    for path in sorted(glob.glob(os.path.join(glob.escape(out), "*", OUTCOME))):
        try:
            with open(path, encoding="utf-8") as file:
                said = json.load(file)
            found.append(Outcome(said["kinds"], said["seconds"], other=list(said["wrong"]),
                                 kept=dict(said["counts"])))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Refused(f"{path} is no outcome of a run: {error}") from error
    return found


def new_folder(out: str, name: str) -> str:
    """A folder for the next run of a disturbance."""
    number = 1
    while os.path.exists(os.path.join(out, f"{name}-{number}")):
        number += 1
    return os.path.join(out, f"{name}-{number}")


# --- reports ---

def rows(outcomes: Sequence[Outcome]) -> List[List[str]]:
    """The rows of the table of disturbances and verdicts, summed over the runs of a disturbance;
    the head first. `wrong` is
    the number of runs in which the rule did not hold."""
    table = [["disturbance", "runs", "wrong", *COLUMNS, "s"]]
    for kinds in dict.fromkeys(outcome.kinds for outcome in outcomes):
        runs = [outcome for outcome in outcomes if outcome.kinds == kinds]
        name = "all" if kinds.count(",") + 1 == len(KINDS) else kinds
        table.append([name, str(len(runs)), str(sum(bool(troubles(run)) for run in runs))]
                     + [str(sum(run.count(column) for run in runs)) for column in COLUMNS]
                     + [f"{sum(run.seconds for run in runs) / len(runs):.0f}"])
    return table


def text_table(outcomes: Sequence[Outcome]) -> str:
    """For a terminal."""
    table = rows(outcomes)
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    return "\n".join("  ".join(
        [row[0].ljust(widths[0])] + [cell.rjust(width)
                                     for cell, width in zip(row[1:], widths[1:])])
        for row in table)


def markdown_table(outcomes: Sequence[Outcome]) -> str:
    """The table for doc/trust.md."""
    head, *body = rows(outcomes)
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *body]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def troubles(outcome: Outcome) -> List[str]:
    """The faults, a line each."""
    return [f"{item.verdict} {item.name}: {item.reason}" for item in outcome.wrong] + [
        f"machine: {line}" for line in outcome.other]


class Reported:
    """Prints outcomes as they come, as TAP or for a reader."""

    def __init__(self, tap: bool, planned: int) -> None:
        self.tap, self.number, self.failed = tap, 0, 0
        if tap:
            print(f"TAP version 13\n1..{planned}", flush=True)

    def point(self, name: str, lines: Sequence[str], more: Sequence[str] = ()) -> None:
        """One outcome: the faults, and other information to print."""
        self.number += 1
        self.failed += bool(lines)
        if self.tap:
            print(f"{'not ok' if lines else 'ok'} {self.number} - {name}")
            print("".join(f"# {line}\n" for line in [*lines, *more]), end="", flush=True)
            return
        print(f"{name}: {'wrong' if lines else 'as it should be'}")
        print("".join(f"  {line}\n" for line in [*lines, *more]), end="", flush=True)


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    argv, words = list(argv), []
    if "--" in argv:
        cut = argv.index("--")
        argv, words = argv[:cut], argv[cut + 1:]
    parser = argparse.ArgumentParser(
        description="Runs the functional suite under disturbances. Needs root.",
        usage="%(prog)s [options] [-- ARGS of run_tests.py func]", allow_abbrev=False)
    parser.add_argument("--runs", type=int, default=1, metavar="N",
                        help="runs under each disturbance (default 1)")
    parser.add_argument("--kinds", metavar="K1,K2", help="under each of these alone; a plus "
                        "sign joins kinds, `all` is all (default: each alone, then all)")
    parser.add_argument("--seconds", metavar="S",
                        help="each disturbance ends after S seconds (default: with its run)")
    parser.add_argument("--after", default="10", metavar="S",
                        help="when the administrator comes (default 10)")
    parser.add_argument("--builds", default=os.environ.get("abs_top_builddir", TOP),
                        metavar="DIR", help="where the programs are built")
    parser.add_argument("--out", metavar="DIR", help="keep the results there; the table has "
                        "the runs of earlier calls too")
    parser.add_argument("--quiet", metavar="DIR",
                        help="take the quiet run from --out of an earlier call")
    parser.add_argument("--tap", action="store_true", help="print TAP")
    parser.add_argument("--markdown", metavar="FILE", help="write the table there")
    args = parser.parse_args(argv)
    args.words = words
    args.all = []
    for name in (args.kinds or ",".join((*KINDS, "all"))).split(","):
        parts = KINDS if name == "all" else tuple(name.split("+"))
        for part in parts:
            if part not in KINDS:
                parser.error(f"no kind {part!r}: take all, or of {' '.join(KINDS)}")
        args.all.append(",".join(parts))
    if args.runs < 1:
        parser.error("--runs: at least 1")
    if not any(text.split("=")[0] == "--page-size" for text in words) and os.path.isdir(
            f"{HUGEPAGES}/hugepages-2048kB"):
        args.words = ["--page-size", "2M", *words]
    return args


def _quiet(args: argparse.Namespace, out: str) -> Outcome:
    if args.quiet:
        quiet = Outcome(QUIET)
        run, found = load(find_run("latest", os.path.join(args.quiet, QUIET)))
        quiet.items = list(items(run, found))
        return quiet
    before = machine()
    quiet = suite(args.builds, os.path.join(out, QUIET), args.words)
    quiet.kinds = QUIET
    # A failure that other processes caused would be excused under every disturbance.
    quiet.other += changes(before)
    if quiet.other:
        raise Refused(f"no quiet run to compare with: {'; '.join(quiet.other)}")
    return quiet


def _check(args: argparse.Namespace, out: str) -> int:
    before = machine()
    reported = Reported(args.tap, len(args.all) * args.runs + 2)
    options = ["--after", args.after]
    if args.seconds:
        options += ["--seconds", args.seconds]
    earlier = kept(out)
    outcomes = [_quiet(args, out)]
    reported.point("the quiet run comes to its end", [],
                   [f"{item.verdict} {item.name}: {item.reason}" for item in outcomes[0].items
                    if is_wrong(item)])
    for _ in range(args.runs):
        for kinds in args.all:
            name = "all" if kinds == ",".join(KINDS) else kinds
            folder = new_folder(out, name.replace(",", "+"))
            try:
                outcome = disturbed(args.builds, folder, kinds, args.words, outcomes[0], options)
            except Refused as refused:
                outcome = Outcome(kinds, other=[str(refused)])
            keep(outcome, folder)
            outcomes.append(outcome)
            reported.point(f"under {name}", troubles(outcome), outcome.figures)
    reported.point("nothing is left changed", changes(before))
    outcomes[1:1] = earlier
    lines = text_table(outcomes).splitlines()
    print("".join(f"{'# ' if args.tap else ''}{line}\n" for line in lines), end="")
    if args.markdown:
        with open(args.markdown, "w", encoding="utf-8") as file:
            file.write(markdown_table(outcomes))
    return 1 if reported.failed else 0


def main() -> int:
    """The exit status."""
    args = _arguments(sys.argv[1:])
    if os.geteuid() != 0:
        print("check_disturbed.py: needs root", file=sys.stderr)
        return 2
    try:
        if args.out:
            return _check(args, args.out)
        with tempfile.TemporaryDirectory(prefix="hugeproof-disturbed-", dir="/run") as folder:
            return _check(args, folder)
    except (Refused, OSError) as error:
        print(f"check_disturbed.py: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
