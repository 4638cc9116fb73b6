#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The files of ci/: each command in them is run as its tool runs it, on programs that pass, fail,
skip and are wrong. A lab's guest is left out: what it would run is run here."""
from __future__ import annotations

import glob
import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest
from typing import Any, Callable, Dict, Iterator, List, Optional, Set

import support
from runner.commandline import parse, request
from support import GOOD

try:
    import yaml  # type: ignore[import]
except ImportError:
    yaml = None

CI = os.path.join(support.TOP, "ci")
FAILS = "print('TAP version 14\\n1..2\\nok 1 - a\\nnot ok 2 - b')\nsys.exit(1)\n"
SKIPS = "print('TAP version 14\\n1..0 # SKIP needs swap space')\n"
# What the only program does, and the exit status of a run of it.
SITUATIONS = {"passes": (GOOD, 0), "fails": (FAILS, 1), "skips": (SKIPS, 2),
              "is wrong": ("print('what')\n", 3)}
# The command of an installed hugeproof.
HUGEPROOF = """#!/bin/sh
exec /usr/bin/python3 -B {here} "$@"
"""
HERE = """import json, os, sys
sys.path.insert(0, {top!r})
from runner.commandline import parse, request
words = sys.argv[1:]
with open({log!r}, "a", encoding="ascii") as log:
    log.write(json.dumps(words) + "\\n")
if words[:2] == ["lab", "run"]:
    args = parse(words)
    request(args.words)
    words = [*args.words, "--results", args.results]
os.execv({top!r} + "/run_tests.py", ["run_tests.py", *words])
"""
# The script of LAVA that reports a result, or that of a command.
LAVA = """#!/bin/sh
name=$1
shift
if [ "$1" = --shell ]; then
    shift
    if "$@"; then set -- --result pass; else set -- --result fail; fi
fi
echo "$name $2" >> {cases}
"""
# What openQA gives a test module.
OPENQA = """package testapi;
use base 'Exporter';
our @EXPORT = qw(get_var select_console script_run parse_extra_log record_info upload_logs);
sub get_var { return $_[1] }
sub select_console { }
sub script_run { system('bash', '-c', $_[0]); return $? >> 8 }
sub parse_extra_log { print "log $_[0] $_[1]\\n" }
sub record_info { my ($title, $text, %more) = @_; print "info $more{result}\\n" }
sub upload_logs { print "upload $_[0]\\n" }
1;
"""
MODULE = """use lib '.';
open my $file, '<', $ARGV[0] or die;
my $text = do { local $/; <$file> };
eval "package hugeproof_module;\\n$text" or die "it does not compile: $@";
eval { hugeproof_module->run; 1 } or do {
    print "died: $@";
    hugeproof_module->post_fail_hook;
};
"""
# As much of kirk as a set of tests uses.
KIRK = {
    "__init__": "", "com": "class ComChannel:\n    pass\n", "session": "LTPFramework = None\n",
    "errors": "class FrameworkError(Exception):\n    pass\n",
    "framework": "class Framework:\n    pass\n",
    "data": """class Test:
    def __init__(self, name, cmd, args):
        self.name, self.full_command = name, ' '.join([cmd, *args])
class Suite:
    def __init__(self, name, tests):
        self.name, self.tests = name, tests
""",
    "results": """class ResultStatus:
    PASS, BROK, WARN, FAIL, CONF = 'pass', 'brok', 'warn', 'fail', 'conf'
class TestResults:
    def __init__(self, **values):
        self.values = values
""",
    "main": """import asyncio, json, subprocess, sys
import libkirk.session
class Channel:
    async def run_command(self, command):
        done = subprocess.run(command, shell=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, encoding='utf-8')
        return {'stdout': done.stdout, 'returncode': done.returncode}
async def go():
    framework, channel = libkirk.session.LTPFramework(timeout=3600), Channel()
    print(json.dumps(await framework.get_suites(channel)))
    for name in sys.argv[1:]:
        suite = await framework.find_suite(channel, name)
        for test in suite.tests:
            done = await channel.run_command(test.full_command)
            values = (await framework.read_result(test, done['stdout'], done['returncode'], 1.5)
                      ).values
            del values['stdout']
            print(json.dumps({**values, 'test': values['test'].name}))
    test = await framework.find_command(channel, "echo 'a b'")
    print(json.dumps((await channel.run_command(test.full_command))['stdout']))
    died = await framework.read_result(test, 'Kernel panic', -1, 2.0)
    print(json.dumps([died.values['status'], died.values['broken']]))
def run():
    asyncio.run(go())
"""}


def load(*path: str) -> Any:
    """A file of ci/, which is YAML."""
    with open(os.path.join(CI, *path), encoding="ascii") as file:
        return yaml.safe_load(file)


def text(*path: str) -> str:
    """A file of ci/."""
    with open(os.path.join(CI, *path), encoding="ascii") as file:
        return file.read()


class Done:
    """A script that was run, the folder in which it was, what it called hugeproof with, and the
    results that it reported to LAVA."""

    def __init__(self, ended: "subprocess.CompletedProcess[str]", folder: str, top: str) -> None:
        self.status, self.out, self.err = ended.returncode, ended.stdout, ended.stderr
        self.folder = folder
        self.calls = [json.loads(line) for line in _lines(os.path.join(top, "calls"))]
        self.cases = dict(line.split() for line in _lines(os.path.join(top, "cases")))

    def files(self, pattern: str) -> List[str]:
        """The files there."""
        return glob.glob(os.path.join(self.folder, pattern), recursive=True)


def _lines(path: str) -> List[str]:
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()


@unittest.skipIf(yaml is None, "needs python3-yaml")
class Files(support.Case):
    """All of ci/."""

    # The files that were tried, and the calls of hugeproof in them.
    tried: Dict[str, Set[str]] = {}

    def in_each(self, test: Callable[[int, "Situation"], None], *files: str) -> None:
        """Calls a test of these files in each situation, with the exit status of hugeproof."""
        for name, (body, status) in SITUATIONS.items():
            there = Situation(body)
            with self.subTest(files[0], situation=name):
                test(status, there)
            there.close()
            for file in files:
                self.tried.setdefault(file, set()).update(map(shlex.join, there.calls))

    def test_lava(self) -> None:
        definition = load("lava", "hugeproof.yaml")
        self.assertEqual(set(definition), {"metadata", "params", "run"})
        self.assertEqual(definition["metadata"]["format"], "Lava-Test Test Definition 1.0")
        job = load("lava", "job.yaml")
        self.assertEqual([list(action) for action in job["actions"]],
                         [["deploy"], ["boot"], ["test"]])
        last = job["actions"][-1]["test"]["definitions"][0]
        self.assertTrue(os.path.isfile(os.path.join(support.TOP, last["path"])))
        self.assertLessEqual(set(last["parameters"]), set(definition["params"]))
        for params in ({}, last["parameters"]):
            def tried(status: int, there: Situation) -> None:
                # As LAVA writes it: the parameters, and the steps of one shell.
                script = [f"{name}='{value}'" for name, value in
                          {**definition["params"], **params}.items()]
                done = there.run("sh", *script, "set -e", *definition["run"]["steps"])
                self.assertEqual(done.status, 0, done.err)
                self.assertEqual(done.cases.pop("could-run"), "fail" if status == 2 else "pass")
                self.assertEqual(done.cases, {
                    0: {"x.only.a": "pass", "x.only.b": "pass"},
                    1: {"x.only.a": "pass", "x.only.b": "fail"},
                    2: {"x.only": "skip"}}.get(status, {"x.only": "fail"}), done.err)
            self.in_each(tried, "lava/hugeproof.yaml", "lava/job.yaml")

    def test_tmt(self) -> None:
        self.assertEqual(text("tmt", ".fmf", "version"), "1\n")
        plan, test = load("tmt", "plan.fmf"), load("tmt", "func.fmf")
        self.assertEqual((plan["discover"], plan["execute"]), ({"how": "fmf"}, {"how": "tmt"}))
        self.assertEqual((plan["prepare"]["package"], test["require"]),
                         ("hugeproof", ["hugeproof"]))
        self.assertEqual(test["result"], "custom")

        def tried(status: int, there: Situation) -> None:
            done = there.run("bash", test["test"], **test["environment"], TMT_TEST_DATA="data")
            self.assertEqual(done.status, status, done.err)
            with open(os.path.join(done.folder, "data", "results.yaml"), encoding="ascii") as file:
                results = yaml.safe_load(file)
            self.assertEqual((results[-1]["name"], results[-1]["result"]), (
                "/", ("pass", "fail", "skip", "error")[status]))
        self.in_each(tried, "tmt/func.fmf", "tmt/plan.fmf", "tmt/.fmf/version")

    def test_gitlab(self) -> None:
        said = load("gitlab", "hugeproof.yml")
        common, variables = said.pop(".hugeproof"), said.pop("variables")
        self.assertEqual(common["allow_failure"], {"exit_codes": 3})
        self.assertEqual(len(said), 2)
        for job in said.values():
            self.assertEqual((job["extends"], set(job)), (".hugeproof", {"extends", "script"}))

            def tried(status: int, there: Situation) -> None:
                done = there.run("bash", "set -eo pipefail", *job["script"], **variables,
                                 CI_PROJECT_DIR="/builds/linux")
                self.assertEqual(done.status, status, done.err)
                again = there.run("bash", *common["after_script"])
                self.assertEqual((again.status, again.err), (0, ""))
                self.assertEqual(len(done.files(common["artifacts"]["reports"]["junit"])), 1)
                self.assertEqual(len(done.files(common["artifacts"]["paths"][0])), 1)
            self.in_each(tried, "gitlab/hugeproof.yml")

    def test_github(self) -> None:
        said = load("github", "hugeproof.yml")
        # YAML 1.1 reads the key `on` as true.
        self.assertEqual(said[True], ["push", "pull_request"])
        for name, job in said["jobs"].items():
            def tried(status: int, there: Situation) -> None:
                first, *rest = (step for step in job["steps"] if "run" in step)
                done = there.run("bash", "set -e", first["run"], **said["env"],
                                 GITHUB_WORKSPACE="/work/linux")
                warned = name == "machine" and status == 3
                self.assertEqual(done.status, 0 if warned else status, done.err)
                self.assertEqual("::warning::" in done.out, warned)
                for step in rest:
                    self.assertEqual(step["if"], "always()")
                    again = there.run("bash", "set -e", step["run"])
                    self.assertEqual((again.status, again.err), (0, ""))
                upload = job["steps"][-1]
                self.assertEqual(upload["if"], "always()")
                self.assertEqual(len(done.files(upload["with"]["path"] + "/*/junit.xml")), 1)
            self.in_each(tried, "github/hugeproof.yml")

    def test_jenkins(self) -> None:
        said = text("jenkins", "Jenkinsfile")
        code = re.sub(r"'[^']*'|//.*", "", said)
        for one, other in ("{}", "()"):
            self.assertEqual(code.count(one), code.count(other))
        selection = re.search(r"name: 'SELECTION', defaultValue: '([^']*)'", said)
        scripts = re.findall(r"\bsh\((returnStatus: true, )?script: '([^']*)'\)", said)
        self.assertEqual(len(scripts), len(re.findall(r"\bsh\b", code)))
        assert selection

        def tried(status: int, there: Situation) -> None:
            for returned, script in scripts:
                done = there.run("sh", "set -xe", script, SELECTION=selection.group(1))
                # Without returnStatus a script that fails fails the step.
                self.assertEqual(done.status, status if returned else 0, done.err)
            found = re.search(r"junit\(testResults: '([^']*)'", said)
            assert found
            self.assertEqual(len(done.files(found.group(1))), 1)
            self.assertRegex(said, rf"\(status == {status}\)|status != 0" if status else "status")
        self.in_each(tried, "jenkins/Jenkinsfile")

    def test_lkp(self) -> None:
        job = load("lkp", "jobs", "hugeproof.yaml")
        folder = os.path.join(CI, "lkp", "programs", job["suite"])
        about = load("lkp", "programs", "hugeproof", "meta.yaml")
        params = job["hugeproof"]
        named = re.findall(r"(?m)^# - (\w+)$", text("lkp", "programs", "hugeproof", "run"))
        self.assertEqual((list(params), list(about["parameters"])), (named, named))

        def tried(status: int, there: Situation) -> None:
            done = there.run("sh", shlex.quote(os.path.join(folder, "run")), BENCHMARK_ROOT="/none",
                             **{name: str(value) for name, value in params.items()})
            self.assertEqual(done.status, status == 2, done.err)
            stats = subprocess.run([os.path.join(folder, "parse")], input=done.out, check=True,
                                   stdout=subprocess.PIPE, encoding="ascii").stdout.splitlines()
            self.assertEqual(stats, {
                0: ["x.only.a.pass: 1", "x.only.b.pass: 1"],
                1: ["x.only.a.pass: 1", "x.only.b.fail: 1"],
                2: ["x.only.skip: 1"], 3: ["x.only.fail: 1"]}[status])
        self.in_each(tried, "lkp/jobs/hugeproof.yaml", *(
            f"lkp/programs/hugeproof/{name}" for name in ("meta.yaml", "run", "parse")))
        figures = json.dumps({"tests": {"load/copy.all@2M#2": "pass"}, "metrics": {
            "load/copy.all@2M fault p99": {"value": [3, 4], "unit": "ns"}}})
        stats = subprocess.run([os.path.join(folder, "parse")], input=figures, check=True,
                               stdout=subprocess.PIPE, encoding="ascii").stdout.splitlines()
        self.assertEqual(stats, ["load.copy.all.2M.2.pass: 1", "load.copy.all.2M.fault.p99: 3.5"])

    @unittest.skipUnless(shutil.which("perl"), "needs perl")
    def test_openqa(self) -> None:
        module = os.path.join(CI, "openqa", "hugeproof.pm")

        def tried(status: int, there: Situation) -> None:
            there.write("basetest.pm", "package basetest;\nsub new { }\n1;\n")
            there.write("testapi.pm", OPENQA)
            there.write("module.pl", MODULE)
            # Its folders are those of a machine that is thrown away.
            with open(module, encoding="ascii") as file:
                there.write("hugeproof.pm", file.read().replace("/tmp/", there.folder + "/"))
            done = there.run("sh", "perl -w module.pl hugeproof.pm")
            self.assertEqual(done.status, 0, done.err)
            log = f"log KTAP {there.folder}/hugeproof.ktap"
            failed = f"upload {there.folder}/hugeproof.tar.gz"
            lines = [re.sub(r" at \(eval.*", "", line) for line in done.out.splitlines()]
            self.assertEqual(lines, {
                0: [log], 1: [log, "died: the kernel failed", failed],
                2: ["died: hugeproof could not run: status 2", failed],
                3: [log, "info softfail"]}[status], done.err)
            with open(os.path.join(there.folder, "hugeproof.ktap"), encoding="ascii") as file:
                self.assertEqual(file.readline(), "TAP version 13\n")
        self.in_each(tried, "openqa/hugeproof.pm")

    def test_kirk(self) -> None:
        framework = os.path.join(CI, "kirk", "hugeproof_kirk.py")

        def tried(status: int, there: Situation) -> None:
            for name, code in KIRK.items():
                there.write(f"libkirk/{name}.py", code)
            done = there.run("sh", f"PYTHONPATH=. python3 -B {shlex.quote(framework)} x quick")
            self.assertEqual((done.status, done.err), (0, ""))
            suites, area, tag, command, died = map(json.loads, done.out.splitlines())
            self.assertEqual(suites, ["all", "quick", "x"])
            self.assertEqual(area, {
                "test": "x/only", "retcode": status, "exec_time": 1.5, "warnings": 0,
                "status": ("pass", "fail", "conf", "brok")[status],
                "passed": (2, 1, 0, 0)[status], "failed": int(status == 1),
                "skipped": int(status == 2), "broken": int(status == 3)})
            self.assertEqual((tag, command, died), (area, "a b\n", ["brok", 1]))
        self.in_each(tried, "kirk/hugeproof_kirk.py")

    def test_with_these_all_was_tried(self) -> None:
        """Each file, and each call of hugeproof in one. The last in the order of names."""
        there = {os.path.relpath(os.path.join(where, name), CI)
                 for where, _, names in os.walk(CI) for name in names
                 if not name.endswith(".pyc")}
        self.assertEqual(sorted(there - set(self.tried)), [])
        for file in sorted(there):
            commands = re.findall(
                r"(?m)^(?! *(?:#|//|description:)).*\bhugeproof (func|stress|perf|lab|list)\b",
                text(file))
            self.assertLessEqual(set(commands), {call.split()[0] for call in self.tried[file]},
                                 file)


class Situation:
    """A folder to run scripts in, on a machine that has hugeproof with one program."""

    def __init__(self, body: str) -> None:
        self.programs = support.Programs()
        self.programs.add("only", body, area="x", seconds=5)
        self.folder = tempfile.mkdtemp(dir=self.programs.path)
        self.top = os.path.join(self.programs.path, "machine")
        os.mkdir(self.top)
        log, cases = (os.path.join(self.top, name) for name in ("calls", "cases"))
        self._tool("hugeproof.py", HERE.format(top=support.TOP, log=log))
        self._tool("hugeproof", HUGEPROOF.format(here=os.path.join(self.top, "hugeproof.py")))
        self._tool("sudo", '#!/bin/sh\nexec "$@"\n')
        self._tool("lava-test-case", LAVA.format(cases=cases))
        self.calls: List[List[str]] = []

    def _tool(self, name: str, code: str) -> None:
        path = os.path.join(self.top, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(code)
        os.chmod(path, 0o755)

    def write(self, name: str, code: str) -> None:
        """Writes a file into the folder."""
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="ascii") as file:
            file.write(code)

    def run(self, shell: str, *lines: str, **environment: str) -> Done:
        """Runs a script in the folder."""
        ended = subprocess.run(
            [shell, "-c", "\n".join(lines)], cwd=self.folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", check=False,
            timeout=120, env={**os.environ, "PATH": f"{self.top}:{os.environ['PATH']}",
                              "HUGEPROOF_PROGRAMS": self.programs.path, **environment})
        done = Done(ended, self.folder, self.top)
        self.calls = done.calls
        return done

    def close(self) -> None:
        """Removes everything."""
        self.programs.close()


class Page(unittest.TestCase):
    """doc/ci.md."""

    def _commands(self) -> Iterator[str]:
        with open(os.path.join(support.TOP, "doc", "ci.md"), encoding="utf-8") as file:
            page = file.read()
        for block in re.findall(r"(?m)^(?:    .*\n)+", page):
            yield from re.findall(r"(?m)^ {4}(?:sudo )?hugeproof (.*?)(?:  #.*)?$", block)

    def test_its_commands_are_right(self) -> None:
        found = list(self._commands())
        self.assertGreater(len(found), 8)
        for command in found:
            with self.subTest(command):
                words = shlex.split(re.sub(r"\s*(?:>|\|\||;).*", "", command))
                args = parse(words)
                guest: Optional[List[str]] = getattr(args, "words", None)
                if args.command == "lab" and args.lab_command in ("run", "matrix"):
                    request(guest or [])

    def test_it_names_every_file(self) -> None:
        with open(os.path.join(support.TOP, "doc", "ci.md"), encoding="utf-8") as file:
            page = file.read()
        for folder in os.listdir(CI):
            self.assertIn(f"](../ci/{folder}", page)


if __name__ == "__main__":
    support.main()
