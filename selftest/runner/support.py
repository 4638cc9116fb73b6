# SPDX-License-Identifier: LGPL-2.1-or-later
"""The common part of the runner's tests: programs made for a test, runs, settings."""
from __future__ import annotations

import atexit
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from typing import Any, Dict, List, Optional, Sequence

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, TOP)
import valid  # noqa: E402
# Lists of known issues on this machine must not affect these tests.
os.environ["HUGEPROOF_KNOWN_D"] = ""

# -IS: a program must start fast and be independent of the user's Python environment.
SHEBANG = "#!/usr/bin/python3 -IS\n"

GOOD = """
print('TAP version 14')
print(f'1..{len(CASES)}')
for number, case in enumerate(CASES, 1):
    print(f'ok {number} - {case}')
    print('  ---')
    print('  duration_ms: 0.1')
    print('  ...', flush=True)
"""

# As GOOD, with the cases that are asked for.
GOOD_ASKED = """
CASES = [sys.argv[at + 1] for at, word in enumerate(sys.argv) if word == '--case'] or CASES
""" + GOOD

# Must not be run.
FAILS_IF_RUN = """
print('TAP version 14\\n1..2\\nnot ok 1 - a\\nnot ok 2 - b')
sys.exit(1)
"""

# Imitates messages of the kernel: a process writes them, and wrap.py makes the runner take them for
# the kernel's. The file is opened each time because the kernel limits the rate of each open file.
SAYS = """
import os
fd = os.open('/dev/kmsg', os.O_WRONLY)
os.write(fd, b'<4>as the kernel: %s')
os.close(fd)
"""
# A child with a name of at most 15 bytes dies of a page fault, and the kernel logs the name.
DIES_AS = """
import ctypes, os
if os.fork() == 0:
    ctypes.CDLL(None).prctl(15, b'%s', 0, 0, 0)
    ctypes.string_at(0)
os.wait()
"""
_TELLS = "/proc/sys/debug/exception-trace"

needs_root = unittest.skipUnless(os.geteuid() == 0, "needs root")
needs_pool = unittest.skipUnless(
    os.geteuid() == 0 and os.path.isdir("/sys/kernel/mm/hugepages"),
    "needs root and huge pages")


class Programs:
    """A folder of programs, made and removed by the test that uses it, or when that ends."""

    made: "List[Programs]" = []

    def __init__(self) -> None:
        self._maker = os.getpid()
        self.path = tempfile.mkdtemp(prefix="hugeproof-selftest-", dir="/run")
        self.made.append(self)
        os.chmod(self.path, 0o755)
        self.results = os.path.join(self.path, "results")
        os.mkdir(os.path.join(self.path, "tests"))

    def close(self) -> None:
        """Removes the folder, if this process created it."""
        if os.getpid() == self._maker:
            shutil.rmtree(self.path, ignore_errors=True)

    def add_text(self, name: str, text: str, area: str = "bad", room: str = "tests") -> str:
        """Adds an executable with that text."""
        folder = os.path.join(self.path, room, area)
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o755)
        return path

    def add(self, name: str, body: str, area: str = "bad", cases: Sequence[str] = ("a", "b"),
            **says: Any) -> str:
        """Adds a program in Python that describes itself, or runs `body`."""
        text: Dict[str, Any] = {
            "format": 1, "name": name, "area": area, "kind": "func", "summary": "for a test",
            "source": "selftest", "cases": [{"name": case, "summary": ""} for case in cases],
            "needs": [], "page_sizes": "none", "seconds": 0.25, "poisons": False,
            "log_allows": [], "params": []}
        text.update(says)
        room = "tests" if text["kind"] == "func" else "workloads"
        return self.add_text(name, SHEBANG + "import sys\n"
                             f"CASES = {list(cases)!r}\n"
                             "if '--describe' in sys.argv:\n"
                             f"    print({json.dumps(text)!r})\n"
                             "    sys.exit()\n" + body, area, room)

    def command(self, *words: str, **circumstances: Any) -> List[str]:
        """The command line of a run on these programs."""
        argv = ["/usr/bin/python3", os.path.join(HERE, "wrap.py"), json.dumps(circumstances)]
        argv += words
        if words[:1] in (("func",), ("stress",), ("perf",)):
            argv += ["--programs", self.path, "--results", self.results]
        elif words[:1] == ("list",):
            argv += ["--programs", self.path]
        elif words[:1] in (("report",), ("merge",)):
            argv += ["--results", self.results]
        return argv

    def run(self, *words: str, timeout: float = 300,
            **circumstances: Any) -> "subprocess.CompletedProcess[str]":
        """Runs run_tests.py with these arguments, with its output as text. Everything that it
        wrote, and what it printed as JSON, must be valid."""
        began = time.time()
        done = subprocess.run(self.command(*words, **circumstances), timeout=timeout,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, encoding="utf-8", errors="replace",
                              cwd=self.path, check=False)
        wrong = valid.wrong_below(self.results, began)
        printed = valid.printed(words)
        if printed and done.stdout:
            wrong += valid.wrong(printed, json.loads(done.stdout))
        if wrong:
            raise AssertionError("\n".join(wrong[:20]))
        return done

    def record(self) -> Dict[str, Dict[str, Any]]:
        """The results of the newest run, by name. Its record must be valid."""
        from runner.record import find_run, load
        folder = find_run("latest", self.results)
        wrong = valid.wrong_below(folder, 0)
        if wrong:
            raise AssertionError("\n".join(wrong[:20]))
        return {r["name"]: r for r in load(folder)[1]}


def _read(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return "(none)"


def settings() -> Dict[str, str]:
    """All settings that a run might leave changed."""
    paths = glob.glob("/sys/kernel/mm/hugepages/*/nr_hugepages")
    paths += glob.glob("/sys/kernel/mm/hugepages/*/nr_overcommit_hugepages")
    paths += [f"/sys/kernel/mm/transparent_hugepage/{name}"
              for name in ("enabled", "defrag", "shmem_enabled")]
    found = {path: _read(path) for path in paths}
    found["segments"] = " ".join(sorted(
        line.split()[1] for line in _read("/proc/sysvipc/shm").splitlines()[1:]))
    # The size of a tmpfs is shown when half of the memory, its default, is no longer that.
    found["mounts"] = re.sub(r",(size|nr_inodes)=\w+", "", _read("/proc/self/mountinfo"))
    found["journals"] = " ".join(sorted(os.listdir("/run/hugeproof/journal"))
                                 if os.path.isdir("/run/hugeproof/journal") else [])
    return found


def let_the_kernel_say(test: Any) -> None:
    """Makes the kernel log processes that die of a page fault, for one test or class, or skips
    it."""
    was = _read(_TELLS)
    if was == "(none)":
        raise unittest.SkipTest("needs a kernel that tells who dies of a page fault")
    if was != "1":
        later = test.addClassCleanup if isinstance(test, type) else test.addCleanup
        later(_write, _TELLS, was)
        _write(_TELLS, "1")


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def small_size() -> Optional[str]:
    """The smallest hugetlb page size, or None."""
    from runner.sizes import machine_sizes
    sizes = machine_sizes()
    return sizes[0] if sizes else None


class Case(unittest.TestCase):
    """A test with a folder of programs."""

    maxDiff = None

    def setUp(self) -> None:
        self.programs = Programs()
        self.addCleanup(self.programs.close)

    def refused(self, done: "subprocess.CompletedProcess[str]", *words: str) -> None:
        """Expects exit status 2, and one line of error that contains the words."""
        self.assertEqual(done.returncode, 2, f"{done.stderr}{done.stdout}")
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        for word in words:
            self.assertIn(word, lines[0])


def _remove_all() -> None:
    for programs in Programs.made:
        programs.close()


def _die(number: int, _: Any) -> None:
    """Dies of the signal at once: with an exception, a run that this test started would be killed
    before it could restore the machine."""
    _remove_all()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def main() -> None:
    """Runs the tests of the calling file and prints TAP; exits 0 or 1."""
    # A test does not clean up after a failure of its setUpClass(), nor after a signal.
    atexit.register(_remove_all)
    # A process in the background of a shell ignores SIGINT and SIGQUIT, and so would its children.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, _die)
    from tap.runner import TAPTestResult, TAPTestRunner  # type: ignore[import]

    class Result(TAPTestResult):  # type: ignore[misc]
        """A value in the name of a subtest may contain `# TODO`, which is no directive of the
        point."""

        def _description(self, test: Any) -> str:
            return str(super()._description(test)).replace("#", r"\#")

    runner = TAPTestRunner()
    runner.resultclass = Result
    runner.set_stream(True)
    runner.set_header(False)
    runner.set_format("{method_name}")
    done = unittest.main(testRunner=runner, exit=False)
    sys.stdout.flush()
    sys.exit(0 if done.result.wasSuccessful() else 1)
