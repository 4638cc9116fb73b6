#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Records of runs: their names and kernels, damage, and size."""
from __future__ import annotations

import glob
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
import tracemalloc
import unittest
from typing import Any, Dict, List
from unittest import mock

import support
from runner import about, calls, commandline, reading, record, salvage
from runner.commands import report
from runner.errors import Refused
from runner.report import exports
from runner.report.tally import tally
from support import GOOD

sys.path.insert(0, os.path.join(support.TOP, "selftest"))


class Names(unittest.TestCase):
    """Folders of runs."""

    def setUp(self) -> None:
        kept = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with
        self.addCleanup(kept.cleanup)
        self.parent = kept.name

    def _at(self, stamp: str) -> str:
        with mock.patch.object(record.time, "strftime", lambda _: stamp):
            folder = record.Folder.create(self.parent)
        folder.close()
        return folder.path

    def test_latest_is_right_when_the_clock_went_back(self) -> None:
        for stamp, name in (("20301231-235959", "20301231-235959"),
                            ("20200101-000000", "20301231-235959-2"),
                            ("20301231-235959", "20301231-235959-3"),
                            ("20310101-000000", "20310101-000000")):
            path = self._at(stamp)
            self.assertEqual(os.path.basename(path), name)
            self.assertEqual(record.find_run("latest", self.parent), path)

    def test_many_of_one_second(self) -> None:
        made: List[str] = []

        def make() -> None:
            for _ in range(50):
                folder = record.Folder.create(self.parent)
                made.append(folder.path)
                folder.close()
        os.mkdir(os.path.join(self.parent, "20301231-235959-1200"))
        threads = [threading.Thread(target=make) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(set(made)), 200)
        self.assertIn(record.find_run("latest", self.parent), made)


class Temporary(unittest.TestCase):
    """Files that are written as a whole."""

    def test_no_name_can_be_laid_under_it_beforehand(self) -> None:
        """The folder may belong to another user, who has created links with all names that can be
        guessed."""
        opened: List[str] = []
        real = os.open

        def seen(path: Any, flags: int, *more: Any, **named: Any) -> int:
            opened.append(os.fspath(path))
            self.assertTrue(flags & os.O_EXCL and flags & os.O_NOFOLLOW, path)
            return real(path, flags, *more, **named)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "report.html")
            for _ in range(2):
                with mock.patch.object(record.os, "open", seen):
                    record.write_whole(path, "x")
            self.assertEqual(os.listdir(folder), ["report.html"])
            self.assertEqual(len(set(opened)), 2)
            mask = os.umask(0)
            os.umask(mask)
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o666 & ~mask)


class Kernels(support.Case):
    """A run is resumed only on the kernel on which it began."""

    def test_the_id_is_found_among_the_notes(self) -> None:
        other = bytes.fromhex("06000000 04000000 01010000") + b"Linux\0\0\0" + b"\0" * 4
        note = bytes.fromhex("04000000 03000000 03000000") + b"GNU\0" + b"\x48\xdc\x54\0"
        self.assertEqual(about.build_id(other + note), "48dc54")
        for notes in (b"", other, note[:-4], b"\xff" * 64, note[:11]):
            self.assertFalse(about.build_id(notes))

    @support.needs_root
    def test_another_build_is_refused(self) -> None:
        self.programs.add("good", GOOD)
        self.assertEqual(self.programs.run("func").returncode, 0)
        path = os.path.join(record.find_run("latest", self.programs.results), "run.json")
        with open(path, encoding="ascii") as file:
            run: Dict[str, Any] = json.load(file)
        kernel = run["kernel"]
        self.assertEqual(kernel["build_id"], about.describe_kernel()["build_id"])
        for key, wrong in (("release", "6.0-x"), ("version", "#9 SMP"), ("build_id", "c0ffee")):
            with self.subTest(key), open(path, "w", encoding="ascii") as file:
                json.dump({**run, "kernel": {**kernel, key: wrong}}, file)
                file.flush()
                if kernel[key] is not None:
                    self.refused(self.programs.run("func", "--resume", "latest"), wrong,
                                 kernel[key], "begin a new run")
        with self.subTest("none"), open(path, "w", encoding="ascii") as file:
            # A kernel that has no id is another one than a kernel that has one.
            json.dump({**run, "kernel": {**kernel, "build_id": None}}, file)
            file.flush()
            if kernel["build_id"] is not None:
                self.refused(self.programs.run("func", "--resume", "latest"), "build id none",
                             kernel["build_id"])
        for key in ("version", "build_id"):
            with self.subTest(f"no {key}"), open(path, "w", encoding="ascii") as file:
                json.dump({**run, "kernel": {name: value for name, value in kernel.items()
                                             if name != key}}, file)
                file.flush()
                done = self.programs.run("func", "--resume", "latest")
                self.assertEqual(done.returncode, 0, done.stderr)


def line(name: str, verdict: str = "pass", **more: Any) -> Dict[str, Any]:
    """A result with one point."""
    return {"name": name, "verdict": verdict,
            "points": [{"name": f"{name}.x", "verdict": verdict}], **more}


# Kinds of damaged lines of results.jsonl, and a part of the message about each.
DAMAGED = {
    "": "not JSON", "[1]": "not a map", "5": "not a map", '{"name":"x"}': "no verdict",
    '{"name": "bad/b", "verd': "not JSON", "[" * 100000: "too deep",
    '{"a":' * 60 + "1" + "}" * 60: "too deep", "\ufeff{}": "not JSON",
    "[" + "[]," * 100000 + "0]": "too many values", "[" + "1," * 500000 + "1]": "too many values",
    '{"name":"x","verdict":"pass","duration_ms":NaN}': "NaN",
    '{"name":"x","verdict":"pass","duration_ms":1e999}': "too large",
    '{"name":"x","verdict":"pass","duration_ms":%s}' % ("9" * 400): "too large",
    '{"name":"x","verdict":"pass","duration_ms":%s}' % ("9" * 50000): "too large",
    '{"name":"x","name":"y","verdict":"pass"}': "key twice",
    json.dumps(line("x", reason=3)): "reason", json.dumps(line("x", log=[3])): "log[0]",
    json.dumps(line("x", counters={"after": {"a": 1.5}})): "counters.after.a",
    json.dumps(line("x", left={"mounts": "m"})): "left.mounts",
    json.dumps(line("x", left={"mounts": [None]})): "left.mounts[0]",
    json.dumps(line("x", rest="a")): "rest", json.dumps(line("x", tries=[3])): "tries[0]",
    json.dumps(line("x", known=[])): "known", json.dumps(line("x", complaints=[{}])): "[0]",
    json.dumps(line("x", points=[line("x", reason=[])])): "points[0].reason",
}


class Damage(support.Case):
    """The intact parts of a damaged record are used, and the others are reported."""

    def setUp(self) -> None:
        super().setUp()
        self.folder = os.path.join(self.programs.results, "20200101-000000")

    def _record(self, *lines: bytes, **more: Any) -> None:
        os.makedirs(self.folder, exist_ok=True)
        run = {"format": 2, "plan": ["bad/a", "bad/b", "bad/c"], **more}
        with open(os.path.join(self.folder, "run.json"), "w", encoding="ascii") as file:
            json.dump(run, file)
        with open(os.path.join(self.folder, "results.jsonl"), "wb") as file:
            file.write(b"\n".join([*lines, b""]))

    def test_the_rest_is_read(self) -> None:
        whole = [json.dumps(line(name)).encode() for name in ("bad/a", "bad/c")]
        for text, word in [*((text.encode(), word) for text, word in DAMAGED.items()),
                           (b"\xff\xfe{}", "not UTF-8"), (b"\0" * 5000, "not JSON"),
                           (b'"' + b"x" * (17 << 20), "longer than 16 MB")]:
            with self.subTest(text[:60]):
                self._record(whole[0], text, whole[1])
                run, results = record.load(self.folder)
                self.assertEqual([r["name"] for r in results], ["bad/a", "bad/c"])
                self.assertEqual(len(results.damaged), 1)
                self.assertIn("line 2: ", results.damaged[0])
                self.assertIn(word, results.damaged[0])
                self.assertLess(len(results.damaged[0]), 300)
                counts = tally(run, results)
                self.assertEqual((counts.passed, counts.missing, counts.status()), (2, 1, 2))

    def test_too_many_damaged_lines_are_refused(self) -> None:
        """4 MB of line ends used to take a minute, and memory for each."""
        self._record(b"\n" * (4 << 20))
        with mock.patch.object(reading, "parse", side_effect=AssertionError):
            with self.assertRaisesRegex(Refused, "more than 100000 damaged lines"):
                reading.Results(os.path.join(self.folder, "results.jsonl"))
        self._record(b"\n" * 1000)
        self.assertEqual(len(record.load(self.folder)[1].damaged_at), 1001)

    def test_a_long_line_is_put_aside_in_pieces(self) -> None:
        """A line may have any length, because it is not kept in memory. A failure leaves nothing
        behind."""
        long, whole = b"x" * (8 << 20), json.dumps(line("bad/a")).encode()
        self._record(long, whole, b"y")
        path = os.path.join(self.folder, "results.jsonl")
        with mock.patch.object(reading, "MAX_LINE", 1 << 16), \
                mock.patch.object(salvage, "MAX_LINE", 1 << 16):
            with mock.patch.object(record.os, "rename", side_effect=OSError(28, "No space left")):
                with self.assertRaisesRegex(Refused, "No space left"):
                    record.Folder.resume(self.folder, repair=True)
            aside = os.path.join(self.folder, "results.damaged")
            os.unlink(aside)
            self.assertEqual(sorted(os.listdir(self.folder)), ["out", "results.jsonl", "run.json"])
            tracemalloc.start()
            self.addCleanup(tracemalloc.stop)
            record.Folder.resume(self.folder, repair=True).close()
            self.assertLess(tracemalloc.get_traced_memory()[1], 4 << 20)
        with open(path, "rb") as kept, open(aside, "rb") as damaged:
            self.assertEqual(kept.read(), whole + b"\n")
            self.assertTrue(damaged.read() == long + b"\ny\n")

    def test_a_report_tells(self) -> None:
        lines = [json.dumps(line(f"bad/{name}")).encode() for name in "abc"]
        self._record(lines[0], b"x", lines[1], *[b"y"] * 9, lines[2])
        done = self.programs.run("report", "latest")
        self.refused(done, "line 2: not JSON; line 4", "and 5 more lines", "not complete")
        self.assertEqual(done.stdout.splitlines()[-1], "3 passed, 0 failed, 0 skipped")

    def test_values_of_other_kinds_in_run_json(self) -> None:
        wrong: Dict[str, List[Any]] = {
            "format": [True, "2", 2.5, None], "plan": [None, {}, [3], [""]],
            "kernel": [3, {"release": 3}, {"build_id": []}], "seed": [-1, 1 << 64, "1", 1.5],
            "seconds": [0, "1", 1e6], "repeat": [0, 1.5, "x"], "params": [[], {"a": 1}],
            "time_scale": [0, "1"], "cases": [[], {"a": "b"}, {"a": [1]}], "kind": ["x", 3],
            "known_issues": [{}, [3], [{"id": "x"}]], "lab": [3, {"words": [3]},
                                                              {"options": {"cpus": []}}],
            "between": [{}, [3], [{"complaints": "x"}]], "hindered": [[{}], 3],
            "not_restored": ["x", [3]], "interrupted": [3], "allow_damage": [1, "x"],
            "output_lost": [3, []], "inherited": [3, {"reset": "x"}],
            "summary": [[], {"passed": "1"}],
            "page_sizes": ["2M", [2]], "processors": ["2"]}
        for key, values in wrong.items():
            for value in values:
                with self.subTest(f"{key}: {value!r}"):
                    self._record(**{key: value})
                    with self.assertRaisesRegex(Refused, f"run.json.*{key}"):
                        record.load(self.folder)

    def test_what_is_no_file_is_neither_waited_for_nor_read_without_end(self) -> None:
        def device(path: str) -> None:
            os.symlink("/dev/zero", path)
        self._record(json.dumps(line("bad/a")).encode())
        for make in (os.mkfifo, os.mkdir, device):
            for name in ("run.json", "results.jsonl"):
                with self.subTest(f"{name}: {make.__name__}"):
                    path = os.path.join(self.folder, name)
                    os.rename(path, path + ".was")
                    make(path)
                    done = subprocess.run(
                        [sys.executable, os.path.join(support.TOP, "run_tests.py"), "report",
                         self.folder], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                        timeout=20, check=False, universal_newlines=True)
                    self.assertEqual(done.returncode, 2, done.stderr)
                    self.assertRegex(done.stderr, rf"^run_tests.py: cannot read .*{name}: "
                                     r"not a regular file\n\Z")
                    (os.rmdir if make is os.mkdir else os.unlink)(path)
                    os.rename(path + ".was", path)

    def test_schemas_have_no_key_twice(self) -> None:
        """The first of two would be ignored, without a message."""
        paths = glob.glob(os.path.join(support.TOP, "doc", "schema", "*.json"))
        self.assertGreater(len(paths), 5)
        for path in paths:
            with self.subTest(os.path.basename(path)), open(path, "rb") as file:
                reading.parse(file.read())

    @support.needs_root
    def test_resume_runs_again_what_is_damaged(self) -> None:
        for name in "abc":
            self.programs.add(name, GOOD)
        self.assertEqual(self.programs.run("func").returncode, 0)
        folder = record.find_run("latest", self.programs.results)
        path = os.path.join(folder, "results.jsonl")
        with open(path, "rb") as file:
            lines = file.readlines()
        lines[1] = b"\0" * 300 + lines[1][300:]
        with open(path, "wb") as file:
            file.writelines(lines)
        self.assertEqual(self.programs.run("report", "latest").returncode, 2)
        done = self.programs.run("func", "--resume", "latest")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("line 2: not JSON", done.stderr)
        self.assertEqual(done.stdout.splitlines()[-1], "6 passed, 0 failed, 0 skipped")
        with open(os.path.join(folder, "results.damaged"), "rb") as file:
            self.assertEqual(file.read(), lines[1])
        self.assertEqual(list(self.programs.record()), ["bad/a", "bad/c", "bad/b"])
        done = self.programs.run("report", "latest")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    @support.needs_root
    def test_resume_refuses_cases_that_are_gone(self) -> None:
        """--resume is refused if a case was renamed in another build, or the record was changed."""
        self.programs.add("a", GOOD)
        self.assertEqual(self.programs.run("func").returncode, 0)
        folder = record.find_run("latest", self.programs.results)
        paths = [os.path.join(folder, name) for name in ("run.json", "results.jsonl")]
        with open(paths[0], "rb") as one, open(paths[1], "rb") as other:
            run, result = json.load(one), json.load(other)
        for cases, rest, said in (
                (None, ["zz"], "case zz of bad/a, which is not there any more"),
                (["zz"], None, "case zz of bad/a, which is not there any more"),
                (["a", "zz"], None, "case zz"), ([], None, "planned no case of bad/a")):
            with self.subTest(cases=cases, rest=rest):
                with open(paths[0], "w", encoding="ascii") as file:
                    json.dump({**run, "cases": {} if cases is None else {"bad/a": cases}}, file)
                with open(paths[1], "w", encoding="ascii") as file:
                    if rest:
                        file.write(json.dumps({**result, "rest": rest}) + "\n")
                self.refused(self.programs.run("func", "--resume", "latest"), said)


@support.needs_root
class OfAnotherUser(support.Case):
    """The folder of a run belongs to another user, who makes links in it."""

    def setUp(self) -> None:
        super().setUp()
        self.programs.add("one", GOOD)
        self.programs.run("func")
        self.folder = record.find_run("latest", self.programs.results)
        self.results = os.path.join(self.folder, "results.jsonl")
        self.victims = os.path.join(self.programs.path, "victims")
        os.mkdir(self.victims)

    def victim(self, text: str = "the host's\n") -> str:
        """A file that only root may read and write."""
        path = os.path.join(self.victims, "file")
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(path, 0o600)
        return path

    def goes_on(self, name: str, to: str) -> None:
        """The run is resumed with that file or folder a link, and refused; with all damaged, so
        that there is something to be done."""
        victim = self.victim()
        path = os.path.join(self.folder, name)
        if os.path.lexists(path):
            os.rename(path, path + ".was")
        os.symlink(to, path)
        for damaged in (False, True):
            if name != "results.jsonl":
                with open(self.results, "w", encoding="ascii") as file:
                    file.write("damaged\n" if damaged else "")
            with self.subTest(f"{name} {damaged}"):
                done = self.programs.run("func", "--resume", self.folder)
                self.assertEqual((done.returncode, "Traceback" in done.stderr), (2, False),
                                 done.stderr)
                with open(victim, encoding="ascii") as file:
                    self.assertEqual(file.read(), "the host's\n")
                self.assertEqual(os.listdir(self.victims), ["file"])
                self.assertFalse(os.path.isfile(os.path.join(self.folder, "results.damaged"))
                                 and name != "results.damaged")
        os.unlink(path)
        if os.path.lexists(path + ".was"):
            os.rename(path + ".was", path)

    def test_resuming_it_is_refused(self) -> None:
        for name in ("", "out"):
            os.chown(os.path.join(self.folder, name), 65534, 65534)
        for name in ("results.jsonl", "run.json", "running", "results.damaged"):
            self.goes_on(name, os.path.join(self.victims, "file"))
        self.goes_on("out", self.victims)

    def test_resuming_what_others_can_write_is_refused(self) -> None:
        for name in ("", "out"):
            path = os.path.join(self.folder, name)
            for mode, refused in ((0o775, True), (0o757, True), (0o1777, True), (0o755, False)):
                os.chmod(path, mode)
                with self.subTest(f"{name} {mode:o}"):
                    if refused:
                        with self.assertRaisesRegex(Refused, "other users can write to"):
                            salvage.refuse_of_others(self.folder)
                    else:
                        salvage.refuse_of_others(self.folder)

    def test_others_cannot_write_to_a_new_folder(self) -> None:
        mask = os.umask(0o002)
        try:
            made = record.Folder.create(self.victims)
            made.close()
            for path in (made.path, calls.new_folder(self.victims, "mutants")):
                salvage.refuse_of_others(path)
        finally:
            os.umask(mask)

    def test_no_link_is_followed_even_in_ones_own(self) -> None:
        for name in ("results.jsonl", "running", "results.damaged"):
            if name == "results.damaged":
                # Only damaged lines go there.
                with open(self.results, "w", encoding="ascii") as file:
                    file.write("damaged\n")
            path = os.path.join(self.folder, name)
            was = None
            if os.path.exists(path):
                with open(path, encoding="ascii") as file:
                    was = file.read()
                os.unlink(path)
            victim = self.victim()
            os.symlink(victim, path)
            with self.subTest(name):
                self.assertEqual(self.programs.run("func", "--resume", self.folder).returncode,
                                 0 if name == "running" and was else 2)
                with open(victim, encoding="ascii") as file:
                    self.assertEqual(file.read(), "the host's\n")
            os.unlink(path)
            with open(self.results, "w", encoding="ascii") as file:
                file.write("")

    def test_a_report_goes_where_its_record_was(self) -> None:
        """Between reading and writing the owner of the folder has it replaced by a link."""
        real, files = reading.load, len(os.listdir("/proc/self/fd"))

        def exchanged(path: str, *more: Any, **named: Any) -> Any:
            found = real(path, *more, **named)
            os.rename(self.folder, self.folder + ".was")
            os.symlink(self.victims, self.folder)
            return found
        with mock.patch.object(report, "load", exchanged), \
                mock.patch.object(sys, "stdout", io.StringIO()):
            report.run(commandline.parse(
                ["report", self.folder, "--results", self.programs.results, "--html", "--junit",
                 "--tap"] + [f"--write={form}" for form in exports.FILES]))
        self.assertEqual(len(os.listdir("/proc/self/fd")), files)
        self.assertEqual(os.listdir(self.victims), [])
        self.assertLess({name for form in exports.FILES.values() for name in form},
                        set(os.listdir(self.folder + ".was")))

    def test_a_record_that_changes_while_it_is_read_is_refused(self) -> None:
        _, results = record.load(self.folder)
        with open(self.results, "rb") as file:
            text = file.read()
        for new in (text.replace(b'"points"', b'"pointS"'), text.replace(b'"pass"', b'"fail"'),
                    b"[1]\n", b"5" * len(text) + b"\n", b""):
            with open(self.results, "wb") as file:
                file.write(new)
            with self.assertRaisesRegex(Refused, "was changed while it was read"):
                list(results)
        with open(self.results, "wb") as file:
            file.write(text)
        self.assertEqual(len(list(results)), 1)


class Writing(unittest.TestCase):
    """Everything that is written can be read again."""

    def test_a_result_too_long_is_shortened(self) -> None:
        with tempfile.TemporaryDirectory() as parent:
            folder = record.Folder.create(parent)
            folder.write_run({"format": 2, "plan": ["a", "b", "c"]})
            points = [{"name": "b.x", "verdict": "fail", "diagnostics": {"got": "x" * (17 << 20)}}]
            for result in (line("a", log=["l" * 9000] * 5000, log_processes=[]),
                           line("b", log=["BUG: it"], log_processes=[], points=points),
                           line("c")):
                folder.append(result)
            folder.close()
            results = record.load(folder.path)[1]
            self.assertEqual(results.damaged, [])
            self.assertEqual([(r["name"], len(r["log"]), len(r["points"])) for r in results],
                             [("a", 2000, 1), ("b", 1, 1), ("c", 0, 1)])

    def test_what_was_left_behind_is_shortened(self) -> None:
        """5000 mounts with long paths used to make a line that no reader accepted: the run had no
        result."""
        mounts = [f"mount {'d' * 3900}/{number} (tmpfs)" for number in range(5000)]
        left = {"mounts": mounts, "counters": ["hugetlb.2M.free 3 -> 1"]}
        tries = [{"verdict": "disturbed", "left": left}] * 3
        points = [{"name": f"d.{'c' * 150}{number}", "verdict": "pass", "diagnostics": {}}
                  for number in range(90000)]
        with tempfile.TemporaryDirectory() as parent:
            folder = record.Folder.create(parent)
            folder.write_run({"format": 2, "plan": ["a", "b", "c", "d"]})
            for result in (line("a", "leak", left=left, tries=tries, log=[]),
                           line("b", "kernel", complaints=mounts, log=[]),
                           line("c"), line("d", points=points, log=[])):
                folder.append(result)
            folder.close()
            results = record.load(folder.path)[1]
            self.assertEqual(results.damaged, [])
            one, other, _, last = results
            for kept in (one["left"]["mounts"], one["tries"][2]["left"]["mounts"],
                         other["complaints"]):
                self.assertEqual((len(kept), kept[-1]), (201, "and 4800 more"))
            self.assertEqual(one["left"]["counters"], left["counters"])
            self.assertEqual((one["verdict"], last["verdict"]), ("leak", "pass"))

    def test_the_last_line_of_a_long_file(self) -> None:
        with tempfile.TemporaryDirectory() as parent:
            for text, size in ((b"", 0), (b"x" * 200000, 0), (b"a\n" + b"x" * 200000, 2),
                               (b"x" * 200000 + b"\ny", 200001), (b"a\nb\n", 4)):
                with open(os.path.join(parent, "results.jsonl"), "wb") as file:
                    file.write(text)
                record.Folder.resume(parent).close()
                self.assertEqual(os.path.getsize(file.name), size)


class Growth(support.Case):
    """100,000 results take no more than 500 MB: 5 kB each, although a line has 20 kB."""

    def _peak(self, *words: str) -> int:
        from bench_runner import peak_kb
        return peak_kb(self.programs.command(*words))

    def test_reports(self) -> None:
        from bench_runner import generated
        words = ["--tap", "--junit", "--html", "--format", "plain"]
        few = self._peak("report", generated(self.programs.results, 100), *words)
        many = self._peak("report", generated(self.programs.results, 900), *words)
        self.assertLess(many - few, 800 * 5, f"{few} and {many} kB")

    @support.needs_root
    def test_runs(self) -> None:
        self.programs.add("one", GOOD, kind="load", area="load")
        words = ["perf", "--format", "plain", "--repeat"]
        few = self._peak(*words, "10")
        many = self._peak(*words, "210")
        # Lines that the kernel prints meanwhile, also about other processes, are kept for a moment;
        # 200 results in memory would be 20 MB.
        self.assertLess(many - few, 200 * 5 + 8000, f"{few} and {many} kB")


if __name__ == "__main__":
    support.main()
