#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What programs inherit from the process that started the runner: nothing, or it is reported."""
from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import subprocess
import unittest
from typing import Any, Callable, Dict, List, Optional, Set, Tuple
from unittest import mock

import support
from runner import attributes, inherited
from runner.record import find_run, load
from support import GOOD

# Prints everything that it has inherited.
TELLS = """
import ctypes, json, os, resource
libc = ctypes.CDLL(None)
zero = ctypes.c_ulong(0)
told = {'environment': dict(os.environ), 'nice': os.getpriority(os.PRIO_PROCESS, 0),
        'policy': os.sched_getscheduler(0), 'affinity': len(os.sched_getaffinity(0)),
        'umask': os.umask(0o022), 'personality': libc.personality(ctypes.c_ulong(0xffffffff)),
        'thp': libc.prctl(42, zero, zero, zero, zero), 'slack': libc.prctl(30),
        'securebits': libc.prctl(27), 'ksm': libc.prctl(68, zero, zero, zero, zero),
        'ioprio': libc.syscall(252 if os.uname().machine == 'x86_64' else 31, 1, 0),
        'oom_score_adj': int(open('/proc/self/oom_score_adj').read()),
        'coredump_filter': open('/proc/self/coredump_filter').read(),
        'numa': open('/proc/self/numa_maps').readline().split()[1:2],
        'status': dict(line.split(':', 1) for line in open('/proc/self/status')),
        'limits': {name: resource.getrlimit(number) for name, number in vars(resource).items()
                   if name.startswith('RLIMIT_')}}
json.dump(told, open(sys.argv[0] + '.told', 'w'))
""" + GOOD
# Changes everything of its parent, the runner, that a process may change of another one.
ATTACKS = """
import ctypes, os, resource
runner = os.getppid()
os.sched_setscheduler(runner, os.SCHED_BATCH, os.sched_param(0))
os.setpriority(os.PRIO_PROCESS, runner, 7)
ctypes.CDLL(None).syscall(251 if os.uname().machine == 'x86_64' else 30, 1, runner, 3 << 13 | 5)
os.sched_setaffinity(runner, {max(os.sched_getaffinity(0))})
for name, value in (('oom_score_adj', '300'), ('coredump_filter', '0x7f'),
                    ('timerslack_ns', '1234567')):
    with open(f'/proc/{runner}/{name}', 'w') as file:
        file.write(value)
for name, value in %r.items():
    number = vars(resource)['RLIMIT_' + name]
    soft, hard = resource.prlimit(runner, number)
    resource.prlimit(runner, number, (value, value if %r else hard))
print('# done', flush=True)
""" + GOOD
# With CAP_SYS_RESOURCE the runner can raise hard limits, and they are attacked as well.
with open("/proc/self/status", encoding="ascii") as _file:
    RESOURCE = any(line.startswith("CapEff:") and int(line.split()[1], 16) >> 24 & 1
                   for line in _file)
ATTACKED = {"AS": 1 << 20, "DATA": 4096, "RSS": 1, "FSIZE": 0, "STACK": 1 << 16, "NOFILE": 3,
            "NPROC": 1, "MEMLOCK": 0, "SIGPENDING": 0, "MSGQUEUE": 0, "CORE": 1,
            "RTTIME": 1000000, "CPU": 3600, **({"NICE": 3, "RTPRIO": 5} if RESOURCE else {})}
NONE = ctypes.c_ulong(0)
LIBC = ctypes.CDLL(None, use_errno=True)
NO_RANDOM, COMPAT_LAYOUT = 0x40000, 0x200000
SOFT = {"AS": 6 << 30, "DATA": 5 << 30, "FSIZE": 200 << 20, "CPU": 500, "STACK": 1 << 20,
        "NOFILE": 200, "NPROC": 700, "MEMLOCK": 16384, "SIGPENDING": 0,
        "MSGQUEUE": 100}
HARD = {"FSIZE": 100 << 20, "NOFILE": 300}
VARIABLES = {
    "LD_PRELOAD": "libm.so.6", "LD_LIBRARY_PATH": "/nowhere", "MALLOC_ARENA_MAX": "1",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=2", "HUGETLB_MORECORE": "yes", "LD_BIND_NOW": "1",
    "LANG": "de_DE.UTF-8", "LC_ALL": "tr_TR", "TZ": "Asia/Tokyo", "TMPDIR": "/nowhere",
    "HUGEPROOF_ALLOW_POISON": "1", "HUGEPROOF_LEAKED": "bad/x: y", "IFS": "x", "ANYTHING": "1",
    "HUGEPROOF_STATE": "/nowhere", "HUGEPROOF_HUGETLB_GROUP": "/nowhere"}


def prctl(option: int, value: int) -> None:
    """Sets it."""
    if LIBC.prctl(option, ctypes.c_ulong(value), NONE, NONE, NONE):
        raise OSError(ctypes.get_errno(), f"prctl {option}")


def limit(values: Dict[str, int], hard: bool) -> None:
    """Lowers soft limits, or both."""
    for name, value in values.items():
        number = vars(resource)[f"RLIMIT_{name}"]
        resource.setrlimit(number, (value, value if hard else resource.getrlimit(number)[1]))


def spoil() -> None:
    """Makes everything unusual that the runner can reset."""
    limit(SOFT, False)
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    os.setpriority(os.PRIO_PROCESS, 0, 7)
    LIBC.syscall(251 if os.uname().machine == "x86_64" else 30, 1, 0, 3 << 13 | 5)
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    try:
        ctypes.CDLL("libnuma.so.1").set_mempolicy(3, ctypes.byref(ctypes.c_ulong(1)), 64)
    except OSError:
        pass
    prctl(41, 1)
    LIBC.prctl(67, ctypes.c_ulong(1), NONE, NONE, NONE)
    prctl(29, 1234567)
    prctl(28, 1 << 2)  # SECBIT_NO_SETUID_FIXUP
    os.umask(0o077)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2, signal.SIGALRM, signal.SIGTERM})
    for number in (signal.SIGUSR1, signal.SIGINT, signal.SIGTERM, signal.SIGRTMIN + 3):
        signal.signal(number, signal.SIG_IGN)
    LIBC.personality(ctypes.c_ulong(NO_RANDOM | COMPAT_LAYOUT))
    with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("300")


@support.needs_root
class Inherited(support.Case):
    """Runs that are started in an unusual state."""

    def _reported(self, spoiler: Optional[Callable[[], None]] = None, **variables: str) -> Any:
        """What the program reports, what is in run.json, and what the runner printed."""
        path = self.programs.add("tells", TELLS, seconds=10)
        before = {name: value for name, value in os.environ.items()
                  if not name.startswith(("LD_", "MALLOC_", "GLIBC_"))}
        done = subprocess.run(self.programs.command("func"), env={**before, **variables},
                              preexec_fn=spoiler, check=False, timeout=300,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, universal_newlines=True)
        # The exit status also depends on other processes on this machine.
        self.assertEqual(self.programs.record()["bad/tells"]["verdict"], "pass",
                         done.stdout + done.stderr)
        with open(path + ".told", encoding="utf-8") as file:
            return (json.load(file), load(find_run("latest", self.programs.results))[0],
                    done.stdout + done.stderr)

    def test_the_environment_is_ours(self) -> None:
        reported, run, said = self._reported(**VARIABLES)
        for name, value in reported["environment"].items():
            self.assertNotEqual(VARIABLES.get(name), value)
        self.assertEqual({name for name in reported["environment"]
                          if not name.startswith("HUGEPROOF_")}, {"PATH", "HOME", "LC_ALL", "TZ"})
        self.assertNotIn("HUGEPROOF_ALLOW_POISON", reported["environment"])
        for name in ("LD_PRELOAD", "LD_LIBRARY_PATH", "MALLOC_ARENA_MAX", "GLIBC_TUNABLES",
                     "HUGETLB_MORECORE"):
            self.assertIn(f"environment variable {name}", run["inherited"]["reset"])
        self.assertIn("LD_PRELOAD is not handed on", said)

    def test_what_is_asked_for_is_reported(self) -> None:
        reported, run, said = self._reported(HUGEPROOF_PRELOAD="libm.so.6", HUGEPROOF_WRONG="x",
                                             ASAN_OPTIONS="a=1")
        self.assertEqual(reported["environment"]["LD_PRELOAD"], "libm.so.6")
        for text in ("HUGEPROOF_PRELOAD=libm.so.6", "HUGEPROOF_WRONG=x", "ASAN_OPTIONS=a=1"):
            self.assertIn(f"programs run with {text}", run["inherited"]["stays"])
            self.assertIn(text, said)

    def test_everything_is_usual_again(self) -> None:
        usual = self._reported()[0]
        reported, run, _ = self._reported(spoil)
        for key in ("nice", "ioprio", "policy", "affinity", "umask", "personality", "thp", "slack",
                    "ksm", "oom_score_adj", "numa", "securebits"):
            self.assertEqual(reported[key], usual[key], key)
        for key in ("SigBlk", "SigIgn"):
            self.assertEqual(reported["status"][key], usual["status"][key])
        self.assertEqual((reported["nice"], reported["umask"], reported["thp"]), (0, 0o022, 0))
        # Python's own, SIGPIPE and SIGXFSZ; and 32 and 33, which glibc's posix_spawn(3) (make
        # uses it) leaves ignored for what it starts, and which are glibc's own to set.
        self.assertEqual(int(reported["status"]["SigIgn"], 16) & ~0x1_8100_1000, 0)
        for name, value in SOFT.items():
            soft, hard = reported["limits"][f"RLIMIT_{name}"]
            self.assertTrue(soft in (-1, hard) or soft > value, (name, soft))
        self.assertEqual(reported["limits"]["RLIMIT_STACK"][0], 8 << 20)
        reset = " ".join(run["inherited"]["reset"])
        for word in (*(f"RLIMIT_{name} {value}" for name, value in SOFT.items()), "nice 7",
                     "SCHED_BATCH", "PR_SET_THP_DISABLE", "umask 077", "personality 0x240000",
                     "SIGALRM SIGTERM SIGUSR2", "ignored signals: ", "SIGUSR1", "1234567 ns",
                     "oom_score_adj 300", "output priority idle 5", "securebits 0x4"):
            self.assertIn(word, reset)

    def attacked(self, values: Dict[str, int] = ATTACKED, **variables: str) -> Dict[str, Any]:
        """The result of a program that attacks the runner. Two others run before and after it,
        and must not notice."""
        self.programs.add("b_attacks", ATTACKS % (values, RESOURCE), seconds=10)
        paths = [self.programs.add(name, TELLS, seconds=10) for name in ("a_tells", "c_tells")]
        done = subprocess.run(self.programs.command("func"), env={**os.environ, **variables},
                              check=False, timeout=300, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              universal_newlines=True)
        self.assertNotIn("Traceback", done.stdout)
        if "HUGEPROOF_LAB" not in variables:
            self.assertIn("runner attributes changed during bad/b_attacks by an unknown process: ",
                          done.stdout)
        record = self.programs.record()
        self.assertEqual([(name, record[name]["verdict"]) for name in ("bad/a_tells", "bad/c_tells")
                          if name in record],
                         [("bad/a_tells", "pass"), ("bad/c_tells", "pass")], done.stdout)
        reported = []
        for path in paths:
            with open(path + ".told", encoding="utf-8") as file:
                reported.append(json.load(file))
        for key in ("limits", "slack", "oom_score_adj", "coredump_filter", *(
                ("nice", "ioprio", "policy", "affinity") if "HUGEPROOF_LAB" in variables else ())):
            self.assertEqual(reported[0][key], reported[1][key], key)
        return record["bad/b_attacks"]

    WORDS = (*(f"RLIMIT_{name} of the runner: {value}/"
               for name, value in ATTACKED.items()),
             "slack of the runner: 1234567 instead of 50000",
             "oom_score_adj of the runner: 300 instead of "
             f"{-1000 if RESOURCE else 0}",
             "coredump_filter of the runner: 0000007f instead of ")
    # Elsewhere an administrator may have changed these.
    WORDS_OF_GUEST = ("scheduler of the runner: policy 3", "nice of the runner: 7 instead of 0",
                      "ioprio of the runner: ", "affinity of the runner: processors ")

    def test_a_program_that_attacks_the_runner_harms_no_other(self) -> None:
        result = self.attacked()
        # On a machine with other processes nobody knows who it was.
        self.assertEqual((result["verdict"], result["left"]["settings"]), ("pass", []))
        for word in self.WORDS:
            self.assertIn(word, " ".join(result["not_ours"]))
        for word in self.WORDS_OF_GUEST:
            self.assertNotIn(word, " ".join(result["not_ours"]))

    def test_an_attack_by_a_description_is_told(self) -> None:
        path = self.programs.add("attacks", GOOD)
        with open(path, "r+", encoding="utf-8") as file:
            text = file.read()
            file.seek(0)
            file.write(text.replace("import sys", """import os, sys
if '--describe' in sys.argv:
    with open(f'/proc/{os.getppid()}/timerslack_ns', 'w') as slack:
        slack.write('1234567')""", 1))
        done = self.programs.run("func")
        self.assertIn("runner attributes changed during bad/attacks --describe by an unknown "
                      "process: slack of the runner: 1234567 instead of 50000", done.stderr)

    def test_in_a_guest_it_is_the_program_s_fault(self) -> None:
        result = self.attacked(HUGEPROOF_LAB="{}")
        self.assertEqual((result["verdict"], result["not_ours"]), ("leak", []))
        for word in self.WORDS + self.WORDS_OF_GUEST:
            self.assertIn(word, " ".join(result["left"]["settings"]))
        self.assertLess(result["duration_ms"], 10000)

    def test_each_limit_alone(self) -> None:
        for name, value in ATTACKED.items():
            with self.subTest(name):
                result = self.attacked({name: value}, HUGEPROOF_LAB="{}")
                self.assertIn(f"RLIMIT_{name} of the runner: {value}/",
                              result["reason"])

    def test_what_is_asked_to_stay_is_reported(self) -> None:
        reported, run, said = self._reported(spoil, HUGEPROOF_KEEP="nice,affinity")
        self.assertEqual((reported["nice"], reported["affinity"]), (7, 1))
        self.assertIn("nice 7, kept on request", run["inherited"]["stays"])
        self.assertIn("inherited by programs: nice 7, kept on request", said)

    def test_what_no_trait_is_called_is_refused(self) -> None:
        with mock.patch.dict(os.environ, HUGEPROOF_KEEP="nice,afinity"):
            self.programs.add("tells", TELLS)
            self.refused(self.programs.run("func"), "afinity", "affinity")

    def test_what_cannot_be_changed_is_reported(self) -> None:
        def spoiler() -> None:
            limit(HARD, True)
            LIBC.prctl(65, ctypes.c_ulong(1), NONE, NONE, NONE)
            prctl(38, 1)
            # Allows all; SECCOMP_MODE_FILTER.
            code = ctypes.create_string_buffer((0x6).to_bytes(4, "little")
                                               + (0x7fff0000).to_bytes(4, "little"))

            class Filter(ctypes.Structure):
                _fields_ = [("size", ctypes.c_ushort), ("code", ctypes.c_void_p)]
            made = Filter(1, ctypes.cast(code, ctypes.c_void_p))
            if LIBC.prctl(22, ctypes.c_ulong(2), ctypes.byref(made), NONE, NONE):
                raise OSError(ctypes.get_errno(), "seccomp")

        reported, run, said = self._reported(spoiler)
        stays: List[str] = run["inherited"]["stays"]
        self.assertIn("no_new_privs", stays)
        self.assertIn("a seccomp filter", stays)
        self.assertIn("a seccomp filter", said)
        for name, value in HARD.items():
            soft, _ = reported["limits"][f"RLIMIT_{name}"]
            self.assertTrue(soft != value or f"RLIMIT_{name} {value}, at most {value}" in stays)

    def test_nothing_is_reported_of_nothing(self) -> None:
        _, run, _ = self._reported()
        self.assertEqual(run["inherited"]["stays"], [])


class Restored(unittest.TestCase):
    """The attributes of the runner that are compared and restored."""

    def restored(self, one: Any, was: Any) -> Tuple[List[str], Any]:
        """The lines about an attribute, and the value that it is compared with next."""
        changed = attributes.Changed()
        with mock.patch.object(attributes, "_limits", []), \
                mock.patch.object(attributes, "_others", [(one, was)]):
            attributes.restore(changed)
            attributes.accept(one.name)
            return changed.lines(), attributes._others[0][1]

    def test_a_file_that_cannot_be_read_is_no_change(self) -> None:
        """Its value is unknown then, and the next program must not be blamed for it."""
        for one in attributes._OTHERS:
            with mock.patch("builtins.open", side_effect=OSError(24, "too many")), \
                    mock.patch.object(os, "open", side_effect=OSError(24, "too many")):
                self.assertEqual(self.restored(one, "5"), ([], "5"), one.name)
        values = {"now": "7"}
        one = attributes.Attribute("x", lambda: values["now"], lambda to: values.update(now=to))
        self.assertEqual(self.restored(one, None), ([], "7"))
        self.assertEqual(self.restored(one, "5"), (["x of the runner: 7 instead of 5"], "5"))

    def test_the_slack_of_a_real_time_task_is_not_compared(self) -> None:
        """The kernel keeps it at 0."""
        for policy in (os.SCHED_FIFO, os.SCHED_RR | os.SCHED_RESET_ON_FORK):
            with mock.patch.object(os, "sched_getscheduler", lambda _, policy=policy: policy):
                self.assertEqual(self.restored(attributes.SLACK, "50001"), ([], "50001"))

    def test_the_scheduler_comes_before_the_slack(self) -> None:
        with mock.patch.object(attributes, "_limits", []), \
                mock.patch.object(attributes, "_others", []), \
                mock.patch.dict(os.environ, HUGEPROOF_LAB="{}"):
            attributes.remember()
            names = [one.name for one, _ in attributes._others]
        self.assertLess(names.index("scheduler"), names.index("slack"))


class Affinity(unittest.TestCase):
    """Which processors are the usual ones."""

    def settle(self, mine: Set[int], init: Optional[Set[int]], isolated: str = ""
               ) -> Tuple[Set[int], List[str]]:
        """The resulting affinity on a machine with eight processors, and what is reported."""
        has = {0: mine, 1: init}

        def get(pid: int) -> Set[int]:
            found = has[pid]
            if found is None:
                raise OSError(3, "none")
            return found
        trait = next(trait for trait in inherited._TRAITS if trait.name == "affinity")
        with mock.patch.object(inherited.machine, "read_text", lambda path: {
                "online": "0-7", "isolated": isolated}[os.path.basename(path)]), \
                mock.patch.object(os, "sched_getaffinity", get), \
                mock.patch.object(os, "sched_setaffinity", lambda pid, to: has.update({pid: to})), \
                mock.patch.object(inherited, "_TRAITS", (trait,)), \
                mock.patch.object(inherited.attributes, "remember"):
            reported = inherited.settle()
        self.assertEqual([text for text in reported["stays"] if "affinity" in text], [])
        return has[0] or set(), [text for text in reported["reset"] if "affinity" in text]

    def test_the_administrator_s_is_left_alone(self) -> None:
        every = set(range(8))
        one_of_eight = ["1 of 8 processors (affinity)"]
        for mine, init, isolated, wanted, reported in (
                (every, every, "", every, []), ({0, 1}, {0, 1}, "", {0, 1}, []),
                ({0, 1}, {0, 1}, "2-7", {0, 1}, []), ({0, 1}, every, "2-7", {0, 1}, []),
                (every, every, "2-7", every, []), ({3}, {0, 1}, "2-7", {0, 1}, one_of_eight),
                ({3}, every, "2-7", {0, 1}, one_of_eight), ({3}, every, "", every, one_of_eight),
                ({3}, None, "6,7", set(range(6)), one_of_eight),
                ({3}, None, "0-7", every, one_of_eight)):
            with self.subTest(f"{mine} {init} {isolated}"):
                self.assertEqual(self.settle(mine, init, isolated), (wanted, reported))


class Ioprio(unittest.TestCase):
    """The calls for the priority of input and output, by number."""

    def asked(self, machine: str, pointer: int) -> List[Tuple[int, ...]]:
        """The system calls of a runner with pointers of that size on a kernel of that machine."""
        calls: List[Tuple[int, ...]] = []

        class Libc:
            """In place of the C library."""

            @staticmethod
            def syscall(*words: int) -> int:
                """Notes the call."""
                calls.append(words)
                return 0
        with mock.patch.object(attributes.ioprio, "_libc", Libc), \
                mock.patch.object(os, "uname", lambda: mock.Mock(machine=machine)), \
                mock.patch.object(attributes.ioprio.struct, "calcsize", lambda form: pointer):
            trait = next(trait for trait in inherited._TRAITS if trait.name == "ioprio")
            self.assertIsNone(trait.odd())
            trait.reset()
        return calls

    def test_numbers_are_those_of_the_process(self) -> None:
        for machine, get, set_ in (("x86_64", 252, 251), ("ppc64le", 274, 273),
                                   ("s390x", 283, 282), ("aarch64", 31, 30)):
            with self.subTest(machine):
                self.assertEqual(self.asked(machine, 8), [(get, 1, 0), (set_, 1, 0, 0)])

    def test_other_processes_are_not_asked(self) -> None:
        """A 32-bit Python on an x86_64 kernel would leave by exit_group(2), which is 252 there."""
        for machine, pointer in (("x86_64", 4), ("aarch64", 4), ("i686", 4), ("vax", 8)):
            with self.subTest(machine):
                self.assertEqual(self.asked(machine, pointer), [])


if __name__ == "__main__":
    support.main()
