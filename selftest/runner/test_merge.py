#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""merge: one run out of several, which result counts, and what does not fit."""
from __future__ import annotations

import json
import os
import shutil
from typing import Any, Dict, List, Optional, Sequence

import support
from runner.record import find_run, load
from runner.plan import order_of
from runner.schema import checker
from support import GOOD

KERNEL = {"release": "6.12.1", "version": "#1", "build_id": "c0ffee", "machine": "x86_64"}


def result(name: str, verdict: str = "pass", cases: Sequence[str] = ("a",), **more: Any
           ) -> Dict[str, Any]:
    """A line of results.jsonl; every case has the verdict."""
    once, at, size = name.partition("@")
    known = more.get("known")
    return {"name": name, "verdict": verdict, "reason": None, "known": known, "page_size": "2M",
            "points": [{"name": f"{once}.{case}{at}{size}", "verdict": verdict, "known": known,
                        "reason": None if verdict == "pass" else f"why {verdict}",
                        "diagnostics": {}} for case in cases],
            "counters": {"delta": {}}, "log": [], "complaints": [], "left": {},
            "duration_ms": 5, "out": f"out/{name.replace('/', '-')}.out", **more}


class Records(support.Case):
    """Records that are made here."""

    def make(self, name: str, *results: Dict[str, Any], plan: Optional[List[str]] = None,
             **more: Any) -> str:
        """A run of that name."""
        folder = os.path.join(self.programs.results, name)
        os.makedirs(os.path.join(folder, "out"))
        run = {"format": 2, "run": name, "kind": "func", "kernel": KERNEL, "hugeproof": "0.1",
               "seed": 7, "started": name, "ended": name + "x", "lab": None,
               "plan": plan or list(dict.fromkeys(one["name"] for one in results)), **more}
        with open(os.path.join(folder, "run.json"), "w", encoding="ascii") as file:
            json.dump(run, file)
        with open(os.path.join(folder, "results.jsonl"), "w", encoding="ascii") as file:
            file.writelines(json.dumps(one) + "\n" for one in results)
        for one in results:
            with open(os.path.join(folder, one["out"]), "w", encoding="ascii") as file:
                file.write(f"{name} {one['name']}\n")
        return name

    def merged(self, *names: str, status: int = 0) -> Dict[str, Any]:
        """Merges runs; returns what --json says."""
        done = self.programs.run("merge", "--json", *names)
        self.assertEqual((done.returncode, done.stderr), (status, ""), done.stdout)
        said: Dict[str, Any] = json.loads(done.stdout)
        self.assertEqual(said["status"], status)
        return said


class Merge(Records):
    """What becomes of the records."""

    def test_shards(self) -> None:
        for day, names in ((1, ["b/x", "a/x@1G"]), (2, ["a/x@2M", "b/x#2"]), (3, ["c/y"])):
            self.make(f"2020010{day}-000000", *map(result, names), known_issues=[
                {"id": f"i{day}", "points": ["z"], "intermittent": False}],
                settings=[{"what": "pool of 2M", "before": 0, "during": day}])
        said = self.merged("20200103-000000", "20200101-000000", "20200102-000000")
        self.assertEqual((said["duplicates"], said["missing"]), ([], []))
        self.assertEqual(said["counts"]["passed"], 5)
        run, results = load(said["path"])
        self.assertEqual(run["plan"], ["a/x@2M", "a/x@1G", "b/x", "c/y", "b/x#2"])
        self.assertEqual([one["name"] for one in results], run["plan"])
        self.assertEqual([one["run"] for one in run["merged"]],
                         ["20200103-000000", "20200101-000000", "20200102-000000"])
        self.assertEqual([run["started"], run["ended"], run["run"], run["cases"]],
                         ["20200101-000000", "20200103-000000x", said["run"], {}])
        self.assertEqual([issue["id"] for issue in run["known_issues"]], ["i3", "i1", "i2"])
        self.assertEqual(len(run["settings"]), 3)
        self.assertEqual(run["summary"]["passed"], 5)
        self.assertIsNone(checker("run")(run))
        for one in results:
            with open(os.path.join(said["path"], one["out"]), encoding="ascii") as file:
                self.assertIn(f" {one['name']}\n", file.read())
        self.assertEqual(find_run("latest", self.programs.results), said["path"])

    def test_which_of_several_results_counts(self) -> None:
        for one, two, counts in (
                (result("a/x", "skip"), result("a/x"), 1),
                (result("a/x"), result("a/x", "skip"), 0),
                (result("a/x", "fail"), result("a/x"), 0),
                (result("a/x", "fail", known="i"), result("a/x"), 0),
                (result("a/x", "fail"), result("a/x", "panic", known="i"), 0),
                (result("a/x", "leak"), result("a/x", "fail"), 0),
                (result("a/x"), result("a/x"), 1),
                (result("a/x", "skip", ()), result("a/x"), 1),
                (result("a/x", "broken", ()), result("a/x"), 0)):
            with self.subTest(one=one["verdict"], two=two["verdict"]):
                shutil.rmtree(self.programs.results, ignore_errors=True)
                names = self.make("20200101-000000", one), self.make("20200102-000000", two)
                said = json.loads(self.programs.run("merge", "--json", *names[::-1]).stdout)
                self.assertEqual(said["duplicates"], ["a/x"])
                found = list(load(said["path"])[1])
                self.assertEqual([one["verdict"] for one in found], [(one, two)[counts]["verdict"]])
                with open(os.path.join(said["path"], found[0]["out"]), encoding="ascii") as file:
                    self.assertEqual(file.read(), f"{names[counts]} a/x\n")

    def test_other_cases_of_a_program_are_added(self) -> None:
        self.make("20200101-000000", result("a/x", "fail"), cases={"a/x": ["a"]})
        self.make("20200102-000000", result("a/x", cases="bc"), cases={"a/x": ["b", "c"]})
        said = self.merged("20200101-000000", "20200102-000000", status=1)
        run, results = load(said["path"])
        self.assertEqual(run["cases"], {"a/x": ["a", "b", "c"]})
        self.assertEqual({point["name"]: point["verdict"] for point in results[0]["points"]},
                         {"a/x.a": "fail", "a/x.b": "pass", "a/x.c": "pass"})
        self.assertEqual(results[0]["verdict"], "fail")
        self.assertEqual(sorted(os.listdir(os.path.join(said["path"], "out"))),
                         ["a-x.out", "a-x.out.1"])

    def test_what_has_no_result_anywhere_is_missing(self) -> None:
        self.make("20200101-000000", result("a/x"), plan=["a/x", "a/y", "a/z"],
                  interrupted="SIGTERM")
        self.make("20200102-000000", result("a/y"))
        said = self.merged("20200101-000000", "20200102-000000", status=2)
        self.assertEqual(said["missing"], ["a/z"])
        self.assertEqual(load(said["path"])[0]["interrupted"], "SIGTERM")
        self.make("20200103-000000", result("a/z"))
        said = self.merged(said["run"], "20200103-000000")
        self.assertIsNone(load(said["path"])[0]["interrupted"])

    def test_what_a_budget_left(self) -> None:
        """Only a run that was cut, or killed, is not complete."""
        spent = "the budget of 9 s is used up"
        one = self.make("20200101-000000", result("a/x"), plan=["a/x", "a/y"], interrupted=spent)
        two = self.make("20200102-000000", result("b/x"), plan=["b/x", "b/y"], interrupted=spent)
        said = self.merged(one, two)
        self.assertEqual(said["missing"], ["a/y", "b/y"])
        self.assertEqual(load(said["path"])[0]["interrupted"], spent)
        for number, how in enumerate(("SIGTERM", None)):
            cut = self.make(f"2020010{3 + number}-000000", plan=["c/x"], interrupted=how)
            said = self.merged(one, cut, status=2)
            self.assertEqual(load(said["path"])[0]["interrupted"], how)
        # What another run has a result of is not left.
        rest = self.make("20200105-000000", result("c/x", "fail"))
        said = self.merged(one, cut, rest, status=1)
        self.assertEqual(load(said["path"])[0]["interrupted"], spent)
        self.assertEqual(self.merged(said["run"], two, status=1)["missing"], ["a/y", "b/y"])

    def test_a_failure_before_a_guest_died_counts(self) -> None:
        """Also where its other cases never ran, or another run has all of them."""
        self.make("20200101-000000", {**result("a/x", "panic"), "rest": ["b"]})
        for other, missing in (
                (result("a/y"), ["a/x"]),
                (result("a/x", cases="ab"), ["a/x"]),
                (result("a/x", "skip", ()), ["a/x"]),
                (result("a/x", "panic", cases="ab"), [])):
            name = self.make("20200102-000000", other)
            with self.subTest(other["verdict"], name=other["name"], cases=len(other["points"])):
                said = self.merged("20200101-000000", name, status=1)
                found = {one["name"]: one for one in load(said["path"])[1]}
                self.assertEqual((found["a/x"]["verdict"], said["missing"]), ("panic", missing))
                self.assertEqual(said["counts"]["missing"], len(missing))
            shutil.rmtree(os.path.join(self.programs.results, name))

    def test_times_of_other_zones(self) -> None:
        for number, (hour, zone, host) in enumerate(((10, "+0900", "a"), (3, "+0000", "b"))):
            self.make(f"20200101-00000{number}", result("a/x"), host=host,
                      started=f"2020-01-01T{hour:02}:00:00{zone}",
                      ended=f"2020-01-01T{hour:02}:30:00{zone}")
        said = self.merged("20200101-000001", "20200101-000000")
        run, results = load(said["path"])
        self.assertEqual((run["started"], run["ended"]),
                         ("2020-01-01T10:00:00+0900", "2020-01-01T03:30:00+0000"))
        self.assertEqual([one["host"] for one in run["merged"]], ["b", "a"])
        with open(os.path.join(said["path"], results[0]["out"]), encoding="ascii") as file:
            self.assertEqual(file.read(), "20200101-000001 a/x\n")

    def test_what_was_hindered_and_ran_elsewhere(self) -> None:
        hindered = [{"name": "a/x", "points": 1, "by": "a/y", "left": "one page"}]
        self.make("20200101-000000", result("a/x", "skip"), hindered=hindered)
        for cases, verdict, left in (("a", "pass", 0), ("a", "skip", 1), ("b", "pass", 1)):
            name = self.make("20200102-000000", result("a/x", verdict, cases))
            with self.subTest(cases, verdict=verdict):
                said = json.loads(self.programs.run(
                    "merge", "--json", "20200101-000000", name).stdout)
                self.assertEqual(said["counts"]["hindered"], left)
            shutil.rmtree(os.path.join(self.programs.results, name))

    def test_a_damaged_run_is_refused(self) -> None:
        """A line that cannot be read may be a failure."""
        names = [self.make(f"2020010{day}-000000", result("a/x")) for day in (1, 2)]
        with open(os.path.join(self.programs.results, names[0], "results.jsonl"), "a",
                  encoding="ascii") as file:
            file.write("{}\n")
        self.refused(self.programs.run("merge", *names), "line 2", "--resume")
        self.assertEqual(sorted(os.listdir(self.programs.results)), names)

    def test_text(self) -> None:
        self.make("20200101-000000", result("a/x"))
        self.make("20200102-000000", result("a/x", "fail"))
        done = self.programs.run("merge", "20200101-000000", "20200102-000000")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout.splitlines()[-1], "0 passed, 1 failed, 0 skipped")
        self.assertEqual(done.stderr, "run_tests.py: 1 run of programs with several results: a/x\n")

    def test_what_does_not_fit_is_refused(self) -> None:
        good = self.make("20200101-000000", result("a/x", cases="ab"))
        for number, (more, words) in enumerate((
                ({"kernel": {**KERNEL, "release": "6.13"}}, ["kernel is 6.13, not 6.12.1"]),
                ({"kernel": {**KERNEL, "version": "#2"}}, ["kernel build is #2"]),
                ({"kernel": {**KERNEL, "build_id": None}}, ["build id is none, not c0ffee"]),
                ({"kind": "load"}, ["load, not func"]), ({"hugeproof": "0.2"}, ["0.2"]),
                ({"seconds": 3}, ["--seconds"]), ({"params": {"size": "4K"}}, ["--param"]),
                ({"lab": {"options": {}}}, ["lab"]))):
            name = self.make(f"20200102-00000{number}", result("a/y"), **more)
            with self.subTest(more):
                self.refused(self.programs.run("merge", good, name), "does not fit", name, *words)
        name = self.make("20200103-000000", result("a/x", cases="bc"))
        self.refused(self.programs.run("merge", good, name), "a/x", "only in part")
        self.refused(self.programs.run("merge", good), "several runs")
        self.refused(self.programs.run("merge", good, good), "several runs")
        self.refused(self.programs.run("merge", good, "nothing"), "no run nothing")
        self.assertEqual(len(os.listdir(self.programs.results)), 10)

    def test_output_is_read_from_files_alone(self) -> None:
        names = [self.make(f"2020010{day}-000000", result(f"a/{day}")) for day in (1, 2)]
        out = os.path.join(self.programs.results, names[0], "out", "a-1.out")
        os.unlink(out)
        os.symlink("/etc/passwd", out)
        self.refused(self.programs.run("merge", *names), "a-1.out", "not a regular file")
        self.assertEqual(sorted(os.listdir(self.programs.results)), names)
        os.unlink(out)
        self.assertIsNone(load(self.merged(*names)["path"])[1][0]["out"])

    def test_the_order_of_a_plan(self) -> None:
        names = ["a/x@64K", "a/x@2M", "a/x@1G", "a/x@2M-32bit", "b/y", "b/y@32bit", "a/x@2M#2"]
        self.assertEqual(sorted(reversed(names), key=order_of), names)


@support.needs_root
class Shards(Records):
    """The shards of a run."""

    def test_the_merged_shards_are_the_run(self) -> None:
        for number in range(12):
            self.programs.add(f"p{number}", GOOD)
        whole = self.programs.run("func")
        self.assertEqual(whole.returncode, 0, whole.stderr)
        plan = load(find_run("latest", self.programs.results))[0]["plan"]
        names = []
        for shard in (1, 2, 3):
            done = self.programs.run("func", "--shard", f"{shard}/3")
            self.assertEqual(done.returncode, 0, done.stderr)
            names.append(find_run("latest", self.programs.results))
        said = self.merged(*names)
        run, results = load(said["path"])
        self.assertEqual(run["plan"], plan)
        self.assertEqual([one["name"] for one in results], plan)
        self.assertEqual(said["counts"]["passed"], 24)


if __name__ == "__main__":
    support.main()
