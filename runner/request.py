# SPDX-License-Identifier: LGPL-2.1-or-later
"""The request for a run. The module of a command makes it from the command line; words() makes a
command line of it again, for the runner in a guest."""
from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Dict, List, Optional, Sequence, Tuple

from .scale import Scale

# The kind of programs that each command runs.
KINDS = {"func": "func", "stress": "race", "perf": "load"}
# The format that --json of a run is, which --format does not name.
JSON = "json"


@dataclass(frozen=True)
class Selection:
    """The selected programs, cases and page sizes; None: the default. `native`: without the 32-bit
    build. `programs` is their folder; `leave_out` names programs that run only when they are
    named. `as_listed`: in the order of the patterns, without programs that do not run with these
    sizes. Of all this nothing that a pattern of `exclude` selects, and only what has one of the
    `tags`, is in the `tier`, and belongs to the `shard`: which one, of how many (narrow.py)."""

    patterns: Sequence[str] = ()
    areas: Sequence[str] = ()
    page_size: Optional[str] = None
    native: bool = False
    programs: Optional[str] = None
    leave_out: Sequence[str] = ()
    as_listed: bool = False
    exclude: Sequence[str] = ()
    tags: Sequence[str] = ()
    tier: Optional[str] = None
    shard: Optional[Tuple[int, int]] = None


@dataclass(frozen=True)
class Exports:
    """What is written at the end of a run for other tools: `formats`, and for KCIDB the CI system
    and the URL of the run's folder. `alone`: standard output is for the reader of a format."""

    formats: Sequence[str] = ()
    origin: str = "hugeproof"
    files_url: Optional[str] = None
    alone: bool = False


@dataclass(frozen=True)
class Request:
    """A run as it was asked for. Fields that are None get the default, or the resumed run's value.

    `resume` names the folder of an interrupted run, `into` one that was made for this run; `save`
    is another name for it. `scale`: a parameter of which each repeat takes all values in turn.
    `plan_only`: nothing is run, and the plan is printed, with `as_json` as JSON. `new_boot`: the
    run ends after a program that spoils the kernel. `budget`: the seconds that all may take.
    `assigned`: the lab's host assigns the programs one by one (assignments.py).
    """

    command: str = "func"
    selection: Selection = field(default_factory=Selection)
    results: str = "results"
    seed: Optional[int] = None
    time_scale: Optional[float] = None
    seconds: Optional[float] = None
    repeat: Optional[int] = None
    budget: Optional[float] = None
    params: Dict[str, str] = field(default_factory=dict)
    scale: Optional[Scale] = None
    form: Optional[str] = None
    exports: Exports = field(default_factory=Exports)
    known_issues: Sequence[str] = ()
    no_known_issues: bool = False
    skip_files: Sequence[str] = ()
    allow_poison: bool = False
    allow_damage: bool = False
    allow_all_skipped: bool = False
    verbose: bool = False
    new_boot: bool = False
    assigned: bool = False
    resume: Optional[str] = None
    into: Optional[str] = None
    plan_only: bool = False
    as_json: bool = False
    save: Optional[str] = None

    @property
    def kind(self) -> str:
        """The kind of the programs that it runs."""
        return KINDS[self.command]

    def rest(self, folder: str) -> "Request":
        """The request for the rest of a run of this request, with the options that the record does
        not have."""
        return replace(self, selection=Selection(programs=self.selection.programs), seed=None,
                       seconds=None, repeat=None, params={}, scale=None, form=None,
                       allow_damage=False, skip_files=(), resume=folder, into=None, save=None)

    def words(self) -> List[str]:
        """The command line for it, without --results, --save and exports, which apply to the
        host."""
        chosen = self.selection
        words = [self.command, *chosen.patterns]
        for area in chosen.areas:
            words += ["--area", area]
        for word in chosen.exclude:
            words += ["--exclude", word]
        for tag in chosen.tags:
            words += ["--tag", tag]
        for path in self.known_issues:
            words += ["--known-issues", path]
        for path in self.skip_files:
            words += ["--skip-file", path]
        for key, text in self.params.items():
            words += ["--param", f"{key}={text}"]
        if not self.resume:
            words += ["--bits", "native" if chosen.native else "all"]
        values = (("page-size", chosen.page_size), ("programs", chosen.programs),
                  ("tier", chosen.tier),
                  ("shard", "/".join(map(str, chosen.shard)) if chosen.shard else None),
                  ("seed", self.seed), ("time-scale", self.time_scale),
                  ("seconds", self.seconds), ("repeat", self.repeat), ("budget", self.budget),
                  ("scale", self.scale.text() if self.scale else None),
                  ("format", self.form if self.form != JSON else None),
                  ("resume", self.resume), ("into", self.into))
        for name, value in values:
            words += [f"--{name}", str(value)] if value is not None else []
        flags = (("no-known-issues", self.no_known_issues), ("allow-poison", self.allow_poison),
                 ("allow-damage", self.allow_damage),
                 ("allow-all-skipped", self.allow_all_skipped), ("verbose", self.verbose),
                 ("new-boot-when-tainted", self.new_boot), ("assigned", self.assigned),
                 ("as-listed", chosen.as_listed), ("plan", self.plan_only),
                 ("json", self.as_json or self.form == JSON))
        return words + [f"--{name}" for name, given in flags if given]
