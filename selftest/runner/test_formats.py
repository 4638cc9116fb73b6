#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every format of other tools: from one record with every verdict in it each reader gets each item
once, with its state."""
from __future__ import annotations

import collections
import glob
import importlib.util
import io
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from typing import Any, Dict, List, Tuple
from unittest import mock

# First: it makes the runner importable.
import support
import every_verdict
import format_readers as readers
from runner import schema
from runner.lab import cache
from runner.report import exports, facts, table
from runner.report.libhugetlbfs import BASE
from runner.report.tally import Item, items, items_of, items_of_run
from runner.verdicts import ORDER

RUN, RESULTS = every_verdict.run(), every_verdict.results()
ITEMS = list(items(RUN, RESULTS))
STATES = ("passed", "skipped", "disturbed", "known", "unknown", "broken", "failed")


def states(passed: str, skipped: str, known: str, unjudged: str, failed: str) -> Dict[str, str]:
    """What a format calls each state. What others disturbed is a skip everywhere."""
    return dict(zip(STATES, (passed, skipped, skipped, known, unjudged, unjudged, failed)))


def numbered(names: List[str], mark: str) -> List[str]:
    """The names, of which a repeated one gets a number."""
    times: Dict[str, int] = collections.Counter()
    found = []
    for name in names:
        times[name] += 1
        found.append(name if times[name] == 1 else f"{name}{mark}{times[name]}")
    return found


class Formats(support.Case):
    """One record, in each format."""

    def setUp(self) -> None:
        super().setUp()
        self.folder = os.path.join(self.programs.results, RUN["run"])
        every_verdict.write(self.folder)

    def printed(self, form: str, *words: str) -> str:
        """What report prints in a format. The run failed."""
        done = self.programs.run("report", "latest", "--format", form, *words)
        self.assertEqual(done.returncode, 1, done.stderr)
        bad = [c for c in done.stdout if not c.isprintable() and c not in "\n\t"]
        self.assertEqual(bad, [])
        return done.stdout

    def written(self, form: str, name: str, *words: str) -> str:
        """The file that report writes in a format."""
        done = self.programs.run("report", "latest", "--write", form, *words)
        path = os.path.join(self.folder, name)
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        self.assertIn(f"{path}\n", done.stdout)
        with open(path, encoding="utf-8") as file:
            return file.read()

    def same(self, found: List[Tuple[str, str]], wanted: List[Tuple[str, str]]) -> None:
        """No item is lost, none is there twice, and none has another state."""
        self.assertEqual(len(found), len(wanted))
        self.assertEqual(found, wanted)

    def test_the_record_has_everything(self) -> None:
        self.assertEqual({item.state for item in ITEMS}, set(STATES))
        for alone in (True, False):
            self.assertEqual({item.verdict for item in ITEMS if bool(item.point) != alone},
                             set(ORDER))

    def _groups(self) -> List[Tuple[str, List[Item]]]:
        of_run = [(name, [item]) for name, item in zip(
            numbered([item.name for item in items_of_run(RUN)], ":"), items_of_run(RUN))]
        return [(result["name"].replace("#", ":"), list(items_of(result)))
                for result in RESULTS] + of_run

    def _whole(self, words: Dict[str, str]) -> List[Tuple[str, str]]:
        """The state of each group, which is that of its worst item; a group is skipped only where
        nothing passed."""
        order = ("skipped", "disturbed", "known", "passed", "unknown", "broken", "failed")
        return [(group, words[max((item.state for item in members), key=order.index)])
                for group, members in self._groups()]

    def test_ktap_by_linaro(self) -> None:
        text = self.written("ktap", "results.ktap")
        words = states("pass", "skip", "pass", "fail", "fail")
        wanted = []
        for (group, members), (_, whole) in zip(self._groups(), self._whole(words)):
            title = readers.slug(f"hugeproof: {group}")
            if members[0].point:
                wanted += [(f"{title}_" + (item.name.partition(".")[2].partition("@")[0]
                                           if item.point else "program"), words[item.state])
                           for item in members]
            wanted.append((title, whole))
        self.same(readers.linaro(text), wanted)
        # What follows a result is its log there.
        self.assertRegex(text, r"\n# not ok [0-9]+ fail # fail\n# # reason: why fail: ")
        self.same(readers.linaro_before(text.replace(" # XFAIL", "")), wanted)
        # The earlier one knows no XFAIL, and takes it for a part of the name.
        self.assertEqual([state for _, state in readers.linaro_before(text)],
                         [state for _, state in wanted])
        self.assertEqual(len({name for name, _ in wanted}), len(wanted))

    def test_ktap_by_openqa(self) -> None:
        """Skipped steps are left out there."""
        text = self.printed("ktap")
        words = states("ok", "", "ok", "not ok", "not ok")
        found = readers.openqa(text)
        whole = dict(self._whole(states("passed", "skip", "passed", "fail", "fail")))
        self.assertEqual({name: state for name, (state, _) in found.items()},
                         {f"hugeproof: {name}": state for name, state in whole.items()})
        for group, members in self._groups():
            self.assertEqual(found[f"hugeproof: {group}"][1], [
                (item.name.partition(".")[2].partition("@")[0] if item.point else "(program)",
                 words[item.state]) for item in members
                if members[0].point and words[item.state]], group)

    def test_ktap_by_the_kernel_and_by_perl(self) -> None:
        """They read the groups."""
        text = self.printed("ktap")
        groups = [(f"selftests: hugeproof: {name}", state) for name, state in self._whole(
            states("pass", "skip", "pass", "fail", "fail"))]
        if shutil.which("perl"):
            found = readers.tap_parser(text)
            self.same([(name.partition(" # ")[0], state) for name, state in found], groups)
        said, whole = self._kunit(text)
        self.assertNotIn("[ERROR]", said)
        self.same(readers.kunit(whole), groups)

    def test_kunit_by_the_kernel(self) -> None:
        """It reads each point, and its reason with it. Its JSON has groups before single tests."""
        said, whole = self._kunit(self.printed("kunit"))
        self.assertNotIn("[ERROR]", said)
        words = states("pass", "skip", "pass", "fail", "fail")
        self.same(sorted(readers.kunit(whole)), sorted(
            (group if not members[0].point else f"{group}/(program)" if not item.point else
             f"{group}/{item.name.partition('.')[2].partition('@')[0]}", words[item.state])
            for group, members in self._groups() for item in members))
        for verdict in ("fail", "broken"):
            self.assertRegex(said, rf"# reason: .*why {verdict}: .*\n.*\[FAILED\] {verdict}\n")

    def _kunit(self, text: str) -> Tuple[str, Any]:
        """What the kernel's kunit.py says, and what it writes as JSON."""
        tools = glob.glob(os.path.join(cache.folder("source"), "*", "tools", "testing", "kunit"))
        if not tools:
            self.skipTest("needs the kernel's kunit.py, which the lab's source has")
        path = os.path.join(self.folder, "x")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        done = subprocess.run(
            [sys.executable, "-B", os.path.join(tools[0], "kunit.py"), "parse",
             f"--json={path}.json", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            cwd=self.folder, encoding="utf-8", check=False)
        with open(f"{path}.json", encoding="utf-8") as file:
            return done.stdout, json.load(file)

    def test_junit(self) -> None:
        try:
            from junitparser import JUnitXml  # type: ignore[import]
        except ImportError:
            self.skipTest("needs junitparser")
        self.written("junit", "junit.xml")
        xml = JUnitXml.fromfile(os.path.join(self.folder, "junit.xml"))
        words = states("passed", "Skipped", "Skipped", "Error", "Failure")
        found = [(f"{case.classname}.{case.name}" if case.name != case.classname else case.name,
                  type(case.result[0]).__name__ if case.result else "passed")
                 for suite in xml for case in suite]
        # GitLab keeps one case of a name.
        self.same(found, list(zip(numbered([item.name for item in ITEMS], ":"),
                                  [words[item.state] for item in ITEMS])))
        self.assertEqual(readers.jenkins(os.path.join(self.folder, "junit.xml")), [])
        for suite in xml:
            self.assertEqual((suite.hostname, suite.timestamp),
                             ("machine-1", "2026-01-01T00:00:00"))
            values = {each.name: each.value for each in suite.properties()}
            self.assertEqual((values["kernel"], values["seed"], values["run"]),
                             ("6.12.1", "9", RUN["run"]))
        cases = {f"{case.classname}.{case.name}": case for suite in xml for case in suite}
        failed = cases["every/verdict.fail@2M"]
        self.assertIn("seed: 3", failed.system_out)
        self.assertIn("]]>", failed.system_out)
        self.assertIn("BUG: unable to handle page fault ]]> <&>", failed.system_err)
        self.assertEqual(failed.time, 0.0015)

    def test_squad(self) -> None:
        tests = json.loads(self.written("squad", "squad-tests.json"))
        words = states("pass", "skip", "skip", "fail", "fail")
        wanted = list(zip(numbered([item.name for item in ITEMS], ":"),
                          [words[item.state] for item in ITEMS]))
        self.same(readers.squad(tests), wanted)
        self.assertIn("known issue issue-1: why fail", tests["every/verdict.known_fail@2M"]["log"])
        self.assertIn("BUG: unable", tests["every/verdict.fail@2M"]["log"])
        with open(os.path.join(self.folder, "squad-metrics.json"), encoding="utf-8") as file:
            metrics = json.load(file)
        self.assertEqual(metrics, {
            "load/copy.all@2M fault": {"value": [5.0] * 3, "unit": "ns"},
            "load/copy.all@2M fault p99": {"value": [6.0] * 3, "unit": "ns"},
            "load/copy.all@2M copied": {"value": [1234.5] * 3, "unit": "MB/s"}})
        with open(os.path.join(self.folder, "squad-metadata.json"), encoding="utf-8") as file:
            metadata = json.load(file)
        self.assertEqual((metadata["job_id"], metadata["run"]),
                         (f"machine-1-{RUN['run']}", RUN["run"]))
        whole = json.loads(self.printed("squad"))
        self.assertEqual((whole["tests"], whole["metrics"]), (tests, metrics))

    def _kcidb(self, *words: str) -> Dict[str, Any]:
        """The submission, which must be one by the schema."""
        data: Dict[str, Any] = json.loads(self.printed("kcidb", *words))
        self.assertIsNone(schema.checker("kcidb")(data))
        try:
            import jsonschema  # type: ignore[import]
        except ImportError:
            return data
        with open(os.path.join(support.TOP, "doc", "schema", "kcidb.schema.json"),
                  encoding="utf-8") as file:
            rules = json.load(file)
        jsonschema.Draft7Validator.check_schema(rules)
        jsonschema.Draft7Validator(rules).validate(data)
        return data

    def test_kcidb(self) -> None:
        data = self._kcidb()
        self.assertEqual(data["version"], {"major": 5, "minor": 3})
        words = states("PASS", "SKIP", "FAIL", "ERROR", "FAIL")
        tests = [test for test in data["tests"] if test["status"] not in ("DONE", "MISS")]
        self.same([(test["misc"]["name"], test["status"]) for test in tests],
                  [(item.name, words[item.state]) for item in ITEMS])
        self.assertEqual([test["misc"]["verdict"] for test in tests],
                         [item.verdict for item in ITEMS])
        # A known issue is a failure with an incident.
        known = {test["id"] for test, item in zip(tests, ITEMS) if item.state == "known"}
        self.assertEqual({each["test_id"] for each in data["incidents"]}, known)
        self.assertEqual(len(data["incidents"]), len(known))
        self.assertEqual({each["issue_id"] for each in data["incidents"]},
                         {issue["id"] for issue in data["issues"]})
        self.assertEqual([issue["comment"] for issue in data["issues"]], ["issue-1", "issue-2"])
        ids = [test["id"] for test in data["tests"]]
        self.assertEqual(len(set(ids)), len(ids))
        # What a test, its build and its checkout refer to is there.
        self.assertEqual({test["build_id"] for test in data["tests"]}, {data["builds"][0]["id"]})
        self.assertEqual(data["builds"][0]["checkout_id"], data["checkouts"][0]["id"])
        for each in data["tests"] + data["builds"] + data["checkouts"]:
            self.assertEqual(each["start_time"], "2026-01-01T00:00:00+00:00")

    def test_kcidb_of_a_run_that_its_budget_ended(self) -> None:
        path = os.path.join(self.folder, "run.json")
        with open(path, "w", encoding="ascii") as file:
            json.dump({**RUN, "interrupted": "the budget of 9 s is used up"}, file)
        found = [test for test in self._kcidb()["tests"]
                 if test["path"] == "hugeproof.never.ran.2M"]
        self.assertEqual([(test["status"], test["comment"]) for test in found],
                         [("SKIP", "not run: the budget of 9 s is used up")])

    def test_kcidb_of_a_program_that_says_much(self) -> None:
        shutil.rmtree(self.folder)
        result = every_verdict.strange_numbers()[0]
        result["points"][0]["diagnostics"] = {"got": "x" * 10 ** 6, "seen": ["y"] * 10 ** 5,
                                              "step": ["z"]}
        every_verdict.write(self.folder, [result])
        misc = self._kcidb()["tests"][0]["misc"]
        self.assertEqual({key: (len(misc[key]), misc[key][-3:]) for key in ("got", "seen")},
                         {"got": (16384, "..."), "seen": (16384, "...")})
        self.assertEqual(misc["step"], ["z"])

    def test_kcidb_says_more(self) -> None:
        data = self._kcidb("--origin", "ci_1", "--files-url", "https://x/runs/1/")
        tests = {test["path"]: test for test in data["tests"]}
        failed = tests["hugeproof.every.verdict.fail.2M"]
        self.assertEqual((failed["id"], failed["duration"], failed["output_files"]), (
            "ci_1:machine-1/20260101-000000/every/verdict.fail@2M", 0.0015,
            [{"name": "every-verdict@2M.out",
              "url": "https://x/runs/1/out/every-verdict%402M.out"}]))
        self.assertIn("BUG: unable", failed["log_excerpt"])
        self.assertEqual(failed["misc"]["seed"], 3)
        self.assertEqual(tests["hugeproof.never.ran.2M"]["status"], "MISS")
        self.assertEqual([(test["path"], test["number"]) for test in data["tests"]
                          if test["status"] == "DONE"], [
            ("hugeproof.load.copy.all.2M.fault", {"value": 5e-9, "unit": "s", "prefix": "metric"}),
            ("hugeproof.load.copy.all.2M.fault_p99",
             {"value": 6e-9, "unit": "s", "prefix": "metric"}),
            ("hugeproof.load.copy.all.2M.copied",
             {"value": 1234500000, "unit": "B/s", "prefix": "metric"})] * 3)

    def test_a_run_of_several_machines(self) -> None:
        """It has none of the properties of one of them."""
        path = os.path.join(self.folder, "run.json")
        with open(path, "w", encoding="ascii") as file:
            json.dump({**RUN, "merged": [{"run": "1", "host": name, "memory_kb": 7, "lab": None}
                                         for name in ("one", "two", "one")]}, file)
        data = self._kcidb()
        self.assertEqual(data["tests"][0]["environment"], {"comment": "one+two", "misc": {
            "merged": [{"run": "1", "host": name, "memory_kb": 7}
                       for name in ("one", "two", "one")]}})
        self.assertIn(":one+two/", data["tests"][0]["id"])
        if importlib.util.find_spec("junitparser"):
            text = self.printed("junit")
            self.assertIn('hostname="one+two"', text)
            self.assertNotIn('name="memory_kb"', text)

    def test_tmt(self) -> None:
        try:
            import yaml
        except ImportError:
            self.skipTest("needs yaml")
        data = os.path.join(self.programs.path, "data")
        os.mkdir(data)
        os.environ["TMT_TEST_DATA"] = data
        self.addCleanup(os.environ.pop, "TMT_TEST_DATA")
        done = self.programs.run("report", "latest", "--write", "tmt")
        self.assertEqual((done.returncode, done.stdout), (1, f"{data}/results.yaml\n"))
        with open(f"{data}/results.yaml", encoding="utf-8") as file:
            found = yaml.safe_load(file)
        words = states("pass", "skip", "info", "error", "fail")
        wanted = list(zip(numbered([f"/{item.name}" for item in ITEMS], ":"),
                          [words[item.state] for item in ITEMS]))
        self.same([(each["name"], each["result"]) for each in found], wanted + [("/", "fail")])
        self.assertIn(", 1 not run", found[-1]["note"][0])
        for each in found:
            self.assertLessEqual(set(each), {"name", "result", "note", "duration", "start-time",
                                             "end-time"})
        self.assertEqual((found[0]["duration"], found[0]["start-time"], found[0]["end-time"]), (
            "00:00:00", "2026-01-01T00:00:00.000000+00:00", "2026-01-01T00:00:00.001500+00:00"))

    def test_lava(self) -> None:
        text = self.printed("lava")
        found, figures = readers.lava(text)
        words = states("pass", "skip", "skip", "fail", "fail")
        names = numbered([item.name.replace("/", ".").replace("@", ".").replace("#", ".")
                          .replace(" ", "_") for item in ITEMS], "-")
        self.same(found, list(zip(names, [words[item.state] for item in ITEMS])))
        self.assertEqual(figures, {
            f"load.copy.all.2M{repeat}.{name}": value for repeat in ("", ".2", ".3")
            for name, value in (("fault", (5.0, "ns")), ("fault_p99", (6.0, "ns")),
                                ("copied", (1234.5, "MB/s")))})

    def test_lava_gets_the_results(self) -> None:
        """lava-test-case is called where it is there; where a call fails, it is said."""
        tools = os.path.join(self.programs.path, "tools")
        os.mkdir(tools)
        tool = os.path.join(tools, "lava-test-case")
        log = os.path.join(tools, "log")
        for ends in ("0", "1"):
            with open(tool, "w", encoding="ascii") as file:
                file.write(f'#!/bin/sh\necho "lava-test-case $*" | tee -a {log}\n'
                           f"exit {ends}\n")
            os.chmod(tool, stat.S_IRWXU)
            was = os.environ["PATH"]
            self.addCleanup(os.environ.update, {"PATH": was})
            os.environ["PATH"] = f"{tools}:{was}"
            done = self.programs.run("report", "latest", "--write", "lava")
            os.environ["PATH"] = was
            # Three figures of each of three repeats are beside the items.
            self.assertEqual(len(re.findall("^lava-test-case ", done.stdout, re.M)),
                             len(ITEMS) + 9)
            with open(log, encoding="ascii") as file:
                self.same(*(readers.lava(each)[0] for each in (
                    file.read(), self.printed("lava"))))
            os.unlink(log)
            self.assertEqual(done.returncode, 1 if ends == "0" else 2)
            self.assertEqual("lava-test-case failed for" in done.stderr, ends == "1")

    def test_lava_beside_another_format(self) -> None:
        """What it says to the console is not in the other's output."""
        tool = os.path.join(self.programs.path, "lava-test-case")
        with open(tool, "w", encoding="ascii") as file:
            file.write('#!/bin/sh\necho "called $1"\n')
        os.chmod(tool, stat.S_IRWXU)
        was = os.environ["PATH"]
        self.addCleanup(os.environ.update, {"PATH": was})
        os.environ["PATH"] = f"{self.programs.path}:{was}"
        self.programs.add("good", support.GOOD)
        for words in (("report", "latest"), ("func", "good")):
            done = self.programs.run(*words, "--write", "lava", "--format", "squad")
            self.assertIn("good.a" if words[0] == "func" else "every/verdict.pass@2M",
                          done.stdout)
            json.loads(done.stdout)
            self.assertIn("called bad.good.a\n" if words[0] == "func" else
                          "called every.verdict.pass.2M\n", done.stderr)

    def test_libhugetlbfs(self) -> None:
        text = self.printed("libhugetlbfs")
        words = states("PASS", "SKIPPED", "XFAIL", "FAIL", "FAIL")
        found = readers.libhugetlbfs(text)
        base = readers.libhugetlbfs(self.written("libhugetlbfs", "libhugetlbfs.txt"))
        self.assertEqual(found, base)
        self.assertEqual([state for _, state in found], [words[item.state] for item in ITEMS])
        self.assertEqual(found[0][0], "every/verdict.pass (2M: 64)")
        for column, size in enumerate(("2M", "1G", BASE)):
            for bits, rows in readers.avocado(text, 2 * column).items():
                here = [item for item in ITEMS if (item.result.get("page_size") or BASE) == size
                        and ("32bit" in str(item.result.get("name"))) == (bits == 32)]
                counts = collections.Counter(words[item.state] for item in here)
                self.assertEqual((rows["Total testcases"], rows["PASS"], rows["Skipped"],
                                  rows["FAIL"], rows["Expected FAIL"]),
                                 (len(here), counts["PASS"], counts["SKIPPED"], counts["FAIL"],
                                  counts["XFAIL"]), (size, bits))
                self.assertEqual(sum(rows.values()), 2 * len(here))

    def test_numbers_that_not_every_reader_takes(self) -> None:
        shutil.rmtree(self.folder)
        every_verdict.write(self.folder, every_verdict.strange_numbers())
        times = [1e9, 0.0, 1e-12, 4e-5, 1e8]
        data = self._kcidb()
        self.assertEqual([test["duration"] for test in data["tests"]
                          if ".time_" in test["path"]], times)
        tests, figures = readers.lava(self.printed("lava"))
        self.assertEqual((len(tests), figures), (
            len(every_verdict.strange_numbers()) + len(list(items_of_run(RUN))),
            {"strange.small.a.x": (1e-30, 40 * "u")}))
        self.assertEqual([each["unit"] for each in json.loads(
            self.printed("squad"))["metrics"].values()], 2 * [27 * "u" + "..."])
        for package, form, name in (("junitparser", "junit", "junit.xml"),
                                    ("yaml", "tmt", "results.yaml")):
            if importlib.util.find_spec(package):
                self.written(form, name)
        if importlib.util.find_spec("junitparser"):
            self.assertEqual(readers.jenkins(os.path.join(self.folder, "junit.xml")), [])

    def test_a_long_log(self) -> None:
        """What is most telling stays, and it is not searched again for each point."""
        lines = [f"\x1b{number} of the kernel" for number in range(1000)]
        for complaints, calls in ((["BUG: one"], 0), ([], 1001)):
            result = {"log": [*lines, "BUG: one"], "complaints": complaints}
            with mock.patch.object(facts, "complaint", side_effect=facts.complaint) as searched:
                words = facts.kernel_words(Item("a/b", "fail", None, None, result), 500)
            self.assertEqual((words[:30], len(words)),
                             ("BUG: one\n...\n\\x1b0 of the kern", 500))
            self.assertEqual(searched.call_count, calls)

    def test_at_the_end_of_a_run(self) -> None:
        """A run prints and writes them as well, and keeps its status."""
        self.programs.add("good", support.GOOD)
        done = self.programs.run("func", "--format", "ktap", "--write", "squad", "--write", "lava")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(readers.linaro(done.stdout), [
            ("hugeproof_bad_good_a", "pass"), ("hugeproof_bad_good_b", "pass"),
            ("hugeproof_bad_good", "pass")])
        self.assertIn("2 passed, 0 failed", done.stderr)
        folder = max(glob.glob(os.path.join(self.programs.results, "2*")))
        self.assertIn(f"wrote {folder}/squad-tests.json\n", done.stderr)
        with open(os.path.join(folder, "squad-tests.json"), encoding="utf-8") as file:
            self.assertEqual(json.load(file), {"bad/good.a": "pass", "bad/good.b": "pass"})
        with open(os.path.join(folder, "run.json"), encoding="utf-8") as file:
            self.assertEqual(json.load(file)["host"], os.uname().nodename)

    def test_while_a_run_is_under_way(self) -> None:
        """What a run prints as it goes has every item as well, also those about the run itself."""
        for form, count in (("tap", lambda text: len(re.findall(r"^(?:not )?ok ", text, re.M))),
                            ("libhugetlbfs", lambda text: len(readers.libhugetlbfs(text)))):
            out = io.StringIO()
            reporter = table.Reporter(form, out)
            for result in RESULTS:
                reporter.result(result)
            reporter.end("x\n", exports.Record(RUN, RESULTS, self.folder))
            self.assertEqual(count(out.getvalue()), len(ITEMS), form)
        self.assertEqual(out.getvalue().count("********** TEST SUMMARY\n"), 1)

    def test_the_summary_of_a_run_that_was_resumed(self) -> None:
        """It has what was done before."""
        out = io.StringIO()
        reporter = table.Reporter("libhugetlbfs", out)
        reporter.result(RESULTS[-1])
        reporter.end("x\n", exports.Record(RUN, RESULTS, self.folder))
        rows = [rows for column in (0, 2, 4)
                for rows in readers.avocado(out.getvalue(), column).values()]
        self.assertEqual(sum(row["Total testcases"] for row in rows), len(ITEMS))

    def test_a_file_that_cannot_be_written(self) -> None:
        """A run that failed keeps its status; another one is not well any more."""
        os.environ["TMT_TEST_DATA"] = "/nowhere"
        self.addCleanup(os.environ.pop, "TMT_TEST_DATA")
        self.programs.add("good", support.GOOD)
        self.programs.add("bad", support.GOOD.replace("print(f'ok ", "print(f'not ok ")
                          + "sys.exit(1)\n")
        for name, status in (("good", 2), ("bad", 1)):
            done = self.programs.run("func", name, "--write", "tmt", "--write", "ktap")
            self.assertEqual(done.returncode, status, done.stderr)
            self.assertIn("cannot write /nowhere/results.yaml", done.stderr)
            self.assertIn("/results.ktap\n", done.stderr)

    def test_a_missing_package(self) -> None:
        """It is named in one line, and before a run."""
        self.programs.add("good", support.GOOD)
        for form, package in (("junit", "junitparser"), ("tmt", "yaml")):
            for words in (["report", "latest"], ["func"]):
                for option in ("--format", "--write"):
                    self.refused(self.programs.run(*words, option, form, without=[package]),
                                 f"install python3-{package}")
        self.assertEqual(os.listdir(self.programs.results), [RUN["run"]])
        self.refused(self.programs.run("report", "latest", "--format", "kcidb", "--origin", "A"),
                     "an origin consists of")
        for url in ("my files", "/srv/runs", "https://x/\xfc"):
            self.refused(self.programs.run("report", "latest", "--format", "kcidb", "--files-url",
                                           url), "is no URL")

    def test_one_form_at_a_time(self) -> None:
        self.refused(self.programs.run("report", "latest", "--json", "--format", "kcidb"),
                     "--json", "--format")


if __name__ == "__main__":
    support.main()
