# SPDX-License-Identifier: LGPL-2.1-or-later
"""The end of each command's help: examples, and what its exit status means."""
from __future__ import annotations

from typing import Dict, List, Tuple

from . import invoked

# The commands by what they are for, as the help of all shows them.
GROUPS: Dict[str, Tuple[str, ...]] = {
    "run": ("func", "stress", "perf", "lab", "remote"),
    "before a run": ("list", "probe"),
    "after a run": ("report", "diff", "history", "merge", "compare", "coverage", "overlap",
                    "reproduce", "minimise"),
    "hugeproof itself": ("setup", "restore", "mutants")}
# Command lines of each command, with what they do.
EXAMPLES: Dict[str, List[Tuple[str, str]]] = {
    "func": [("func", "everything"), ("func --tier quick --budget 60", "a gate of a minute"),
             ("func hugetlb --exclude tag:dangerous --plan", "what that would run and change"),
             ("func --shard 2/7", "one of seven parts"), ("func --resume latest", "what is left")],
    "stress": [("stress --seconds 60 thp_split_vs_mbind", "one race, for a minute"),
               ("stress --exclude tag:dangerous", "all others"),
               ("stress --budget 600", "half of it for pairs that never met")],
    "perf": [("perf --rate sweep fault.thp", "how many a second it can take, and how late"),
             ("perf --scale threads --repeat 5 fault", "how it grows with the processors"),
             ("perf --explain hugetlb_fault", "where the time goes"),
             ("perf --save before fault fork", "some loads, under a name"),
             ("perf --repeat 3 --param size=64M", "fewer repeats, of that size")],
    "lab": [("lab run -- func hugetlb", "an area, in a guest"),
            ("lab run --jobs 2 -- func --tier quick", "two guests share the programs"),
            ("lab matrix --kernel build --kernel running -- func", "two kernels, side by side")],
    "remote": [("remote board7 -- func", "on another machine, by ssh"),
               ("remote board7 board8 -- func --tier quick", "two machines share the programs"),
               ("remote --resume latest", "what is left, on its machine")],
    "list": [("list", "a line for each program"), ("list --all hugetlb/private_cow", "its cases"),
             ("list --json --tag regression", "for scripts")],
    "probe": [("probe", "what this machine has"), ("probe --json", "for scripts")],
    "report": [("report latest", "what did not pass"), ("report latest --all", "every point"),
               ("report latest --html --junit", "files, in the run's folder"),
               ("report --matrix 20260101-120000 latest", "points by kernel")],
    "diff": [("diff 20260101-120000 latest", "what changed")],
    "history": [("history 'hugetlb/private_cow.*'", "verdicts over time")],
    "merge": [("merge 20260101-120000 20260101-120500", "two shards are one run")],
    "compare": [("compare before after", "two runs of perf"),
                ("compare --kernels build running -- fork", "two kernels")],
    "coverage": [("coverage report latest", "what was executed"),
                 ("coverage who mm/hugetlb.c:hugetlb_fault", "by whom")],
    "overlap": [("overlap latest", "which actors met, by target"),
                ("overlap --json 20260101-120000 latest", "in both runs together, for scripts")],
    "reproduce": [("reproduce latest hugetlb/accounting.shared@2M", "as one C file")],
    "minimise": [("minimise latest migrate/race_fork.anon", "the smallest race that fails"),
                 ("minimise latest migrate/race_fork.anon --budget 600", "in ten minutes")],
    "mutants": [("mutants --check hugetlb/cow_shares", "is it right?"),
                ("mutants --generate mm/hugetlb.c --sample 50", "small mistakes")],
    "setup": [("setup --report --lab --print", "what is missing for pages and the lab"),
              ("setup --lab", "install what the lab needs")],
    "restore": [("restore", "after a power cut")]}
_RUNS = ("0 nothing failed, and something passed;\n"
         "1 something failed that no known issue explains;\n"
         "2 it could not run, was interrupted (not by --budget), or everything was skipped;\n"
         "3 nothing failed, but something could not be judged")
_ANSWERS = "0; 2 it could not be answered"
# What the exit status of a command means, where it is not _ANSWERS.
_STATUS = {**dict.fromkeys(("func", "stress", "perf", "lab", "remote", "merge"), _RUNS),
           "report": f"that of the run:\n{_RUNS}",
           "list": "0; 1 a program cannot be described; 2 wrong use",
           "diff": "0 nothing new fails; 1 a point fails that did not; 2 the new run is not "
                   "complete,\nor wrong use",
           "compare": "0; with --fail-on 1 a figure is slower, 125 it cannot be decided; 2 wrong "
                      "use",
           "mutants": "0 each mutant was noticed, with --check each is right; 1 one was not;\n"
                      "2 it could not be tried or checked",
           "coverage": "0; 1 nothing reached the place (who), or a line was lost (diff); 2 wrong "
                       "use",
           "overlap": "0; 2 no race was recorded, or wrong use",
           "minimise": "0; 2 it does not fail again, is no race, was interrupted (with what it had "
                       "so far),\nor wrong use",
           "reproduce": "0; 1 with --check: it does not fail or pass as it must; 2 wrong use"}


def status_of(command: str) -> str:
    """What the exit status of a command means."""
    return _STATUS.get(command, _ANSWERS)


def ending(command: str) -> str:
    """The examples and the exit status of a command."""
    width = max(len(line) for line, _ in EXAMPLES[command])
    lines = [f"  {invoked.command()} {line:{width}}  {what}".rstrip()
             for line, what in EXAMPLES[command]]
    status = status_of(command).replace("\n", "\n  ")
    return "\n".join(["examples:", *lines, "", "exit status:", f"  {status}"])


def overview(helps: Dict[str, str]) -> str:
    """The commands in their groups, each with its line of help."""
    width = max(map(len, helps))
    lines = []
    for title, names in GROUPS.items():
        there = [name for name in names if name in helps]
        lines += [f"{title}:", *(f"  {name:{width}}  {helps[name]}" for name in there), ""]
    return "\n".join(lines + [f"{invoked.command()} COMMAND --help has its options, examples and "
                              "exit status."])
