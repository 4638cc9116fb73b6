#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests whose root user is hostile: programs that attack, in a real guest, the folder that it
writes, its serial lines and the host's files. Nothing on the host may change except the run's
folder, and each run ends with a verdict for everything that was planned.

HUGEPROOF_HOSTILE=short runs a few of them, HUGEPROOF_HOSTILE=NAME,... those with these names.
"""
from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import sys
import unittest
from typing import Any, Dict, List

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "runner"))
import support  # noqa: E402  pylint: disable=wrong-import-position

from runner.record import find_run, load  # noqa: E402  pylint: disable=wrong-import-position

_ASKED = os.environ.get("HUGEPROOF_HOSTILE", "")
SHORT = _ASKED == "short"
NAMES = [] if SHORT else [name for name in _ASKED.split(",") if name]
# The beginning of every program: where the folder is, and a few helpers.
HEAD = """
import ctypes, glob, json, os, resource, signal, socket, stat, struct, subprocess, time
VICTIM = %r
with open('/proc/mounts') as file:
    RUN = [line.split()[1] for line in file if line.startswith('results ')][-1]
os.chdir(RUN)

def away(name):
    '''Takes a file or folder away.'''
    if os.path.isdir(name) and not os.path.islink(name):
        os.rename(name, name + '.old')
    elif os.path.lexists(name):
        os.unlink(name)

def trying(*acts):
    '''All of these, whatever fails.'''
    for act in acts:
        try:
            act()
        except (OSError, subprocess.SubprocessError, ValueError) as error:
            print('#', error)

def put(name, data, how='w'):
    with open(name, how) as file:
        file.write(data)

def outside(*words):
    '''Runs a command in the mount namespace of the runner.'''
    subprocess.run(['nsenter', '-t', str(os.getppid()), '-m', *words], timeout=20, check=True)

def bound(name):
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(name)

def dies():
    os.sync()
    time.sleep(0.5)
    put('/proc/sysrq-trigger', 'c')
    time.sleep(60)
"""
# These run in one boot, because they do not destroy the record.
MILD: Dict[str, str] = {
    "links": """
for number, to in enumerate((VICTIM, '/etc/passwd', '..', '../../victim', '/', '/proc/self/mem')):
    trying(lambda: os.symlink(to, f'link{number}'), lambda: os.symlink(to, f'out/link{number}'),
           lambda: put(f'link{number}', 'evil'), lambda: put(f'link{number}/evil', 'evil'))
trying(lambda: os.symlink(VICTIM, f'run.json.{os.getppid()}.tmp'),
       lambda: os.symlink(VICTIM, 'console.log'), lambda: os.symlink(VICTIM, 'junit.xml'))
""",
    "special_files": """
trying(lambda: os.mknod('disk', stat.S_IFBLK | 0o666, os.makedev(254, 0)),
       lambda: os.mknod('mem', stat.S_IFCHR | 0o666, os.makedev(1, 1)),
       lambda: os.mkfifo('pipe'), lambda: bound('socket'))
""",
    "setuid_files": """
trying(lambda: put('shell', '#!/bin/sh\\n'), lambda: os.chown('shell', 0, 0),
       lambda: os.chmod('shell', 0o6777),
       lambda: os.setxattr('shell', 'security.capability', struct.pack('<IIIII', 0x2000001,
                                                                     0xffffffff, 0, 255, 0)),
       lambda: os.setxattr('shell', 'trusted.evil', b'x'),
       lambda: os.setxattr('shell', 'user.virtfs.uid', b'\\0\\0\\0\\0'))
""",
    "hard_links": """
trying(lambda: os.link('results.jsonl', 'again'), lambda: os.link('/etc/passwd', 'passwd'),
       lambda: os.link('run.json', 'out/run'))
""",
    "many_files": """
def many():
    for number in range(1_000_000):
        os.close(os.open(f'many{number}', os.O_CREAT | os.O_WRONLY))
        if number == 3000:
            break
trying(many)
for number in range(3001):
    trying(lambda: os.unlink(f'many{number}'))
""",
    "large_files": """
def large():
    with open('large', 'wb') as file:
        for _ in range(900):
            file.write(bytes(1 << 20))
trying(large, lambda: os.unlink('large'), lambda: put('hole', ''),
       lambda: os.truncate('hole', 1 << 50))
""",
    "strange_names": """
for name in ('a\\nb', '\\033[2J\\033]0;x\\007', ' ', '-rf', 'x' * 255, '\\u202e', '*', ';reboot'):
    trying(lambda: put(name, 'x'), lambda: put('out/' + name, 'x'), lambda: os.mkdir(name + 'd'))
trying(lambda: os.makedirs('/'.join(['deep'] * 200)))
""",
    "forged_results": """
lines = ['[1]', '5', 'null', '{"name":"x"}', 'NaN', '{"name":"../../victim","verdict":"pass"}',
         '{"name":"bad/%s","verdict":"pass"}' % ('x' * 100000), '[' * 10000, '9' * 5000, '\\0',
         '{"name": "bad/links", "verdict": "fail", "duration_ms": 1e999}']
put('results.jsonl', '\\n'.join(lines) + '\\n', 'a')
""",
    "forged_running": """
for text in ('x\\n', 'bad/links\\nnan\\nnan\\n', '\\033[2J\\n1\\n1\\n', 'x' * 1000000, '\\0',
             'bad/none\\n1\\n1e999\\n'):
    put('running', text)
    time.sleep(0.1)
""",
    "console_and_kernel_log": """
for text in ('\\033[2J\\033]0;evil\\007', 'Kernel panic - not syncing: no', 'x' * 900,
             'BUG: not one', '\\0\\x9b'):
    trying(lambda: put('/dev/kmsg', '<3>' + text + '\\n'),
           lambda: put('/dev/ttyS0', text + '\\r\\n'))
""",
    "control_line": """
for text in ('ready', 'loop', 'speed nan', 'speed ' + '9' * 5000, 'exit', 'exit nan', 'exit -1',
             'exit \\u00b2', 'failed 9p', 'note \\033[2J', '\\0', 'x' * 5000):
    trying(lambda: put('/dev/ttyS2', text + '\\n'))
""",
    "the_runner_s_attributes": """
runner = os.getppid()
os.makedirs('/run/group')
for kind in (os.SCHED_IDLE, os.SCHED_FIFO):
    trying(lambda: os.sched_setscheduler(runner, kind, os.sched_param(kind == os.SCHED_FIFO)))
trying(lambda: os.setpriority(os.PRIO_PROCESS, runner, 19),
       lambda: ctypes.CDLL(None).syscall(251, 1, runner, 3 << 13 | 7),
       lambda: os.sched_setaffinity(runner, {0}),
       lambda: put(f'/proc/{runner}/oom_score_adj', '1000'),
       lambda: put(f'/proc/{runner}/timerslack_ns', '1000000000'),
       lambda: put(f'/proc/{runner}/coredump_filter', '0'),
       lambda: subprocess.run(['mount', '-t', 'cgroup2', 'group', '/run/group'], timeout=20),
       lambda: put('/run/group/cgroup.subtree_control', '+pids'),
       lambda: os.mkdir('/run/group/evil'), lambda: put('/run/group/evil/pids.max', '1'),
       lambda: put('/run/group/evil/cgroup.procs', str(runner)))
for number in set(range(16)) - {resource.RLIMIT_CPU, resource.RLIMIT_RTTIME}:
    trying(lambda: resource.prlimit(runner, number, (1, 1)))
print('x' * 100, flush=True)
""",
    "root_of_the_host": """
os.makedirs('/run/evil')
trying(lambda: subprocess.run(['mount', '-o', 'remount,rw', '/'], timeout=20),
       lambda: put(VICTIM, 'evil'), lambda: put('/etc/hugeproof-evil', 'evil'),
       lambda: subprocess.run(['mount', '-t', '9p', '-o', 'trans=virtio,version=9p2000.L,rw',
                               'hostroot', '/run/evil'], timeout=20),
       lambda: put('/run/evil' + VICTIM, 'evil'), lambda: put('/run/evil/etc/passwd', 'evil'),
       lambda: put('/run/evil/proc/sys/kernel/hostname', 'evil'),
       lambda: put('/run/evil/proc/sysrq-trigger', 'h'), lambda: put('/run/evil/evil', 'x'),
       lambda: os.symlink('/', '/run/evil/tmp/evil'), lambda: os.mkdir('/run/evil/root/evil'),
       lambda: os.chmod('/run/evil/etc/shadow', 0o666),
       lambda: os.chown('/run/evil/etc/passwd', 1, 1), lambda: os.unlink('/run/evil' + VICTIM),
       lambda: os.mknod('/run/evil/run/disk', stat.S_IFBLK | 0o666, os.makedev(254, 0)),
       lambda: os.rename('/run/evil/etc/hostname', '/run/evil/etc/hostname.evil'))
for name in ('/run/evil/dev/mem', '/run/evil/dev/vda', '/run/evil/dev/kmsg'):
    trying(lambda: put(name, 'evil'))
""",
}
# Each destroys the record or the guest, and needs another boot.
HARD: Dict[str, str] = {
    "results_is_a_link": "away('results.jsonl'); os.symlink(VICTIM, 'results.jsonl')",
    "results_is_a_pipe": "away('results.jsonl'); os.mkfifo('results.jsonl')",
    "results_is_a_folder": "away('results.jsonl'); os.mkdir('results.jsonl')",
    "results_is_endless": """
away('results.jsonl'); put('results.jsonl', '')
os.truncate('results.jsonl', 1 << 50)
dies()""",
    "run_json_is_a_link": "away('run.json'); os.symlink(VICTIM, 'run.json'); dies()",
    "run_json_is_another": """
run = json.load(open('run.json'))
run.update(plan=['bad/links'], lab={'options': {'kernel': 'build:/evil'}, 'words': ['func']})
put('run.json', json.dumps(run))
dies()""",
    "out_is_a_link": "away('out'); os.symlink(os.path.dirname(VICTIM), 'out'); dies()",
    "out_is_gone": "away('out'); dies()",
    "last_line_is_a_list": "put('results.jsonl', '[1]\\n', 'a'); dies()",
    "last_line_has_a_name": "put('results.jsonl', '{\"name\":\"x\"}\\n', 'a'); dies()",
    "limit_is_no_number": "put('running', 'bad/x\\nnan\\nnan\\n'); dies()",
    "all_is_gone": """
for name in os.listdir('.'):
    trying(lambda: away(name))
dies()""",
    "the_runner_is_killed": "os.kill(os.getppid(), signal.SIGKILL); time.sleep(60)",
    "the_runner_is_interrupted": "os.kill(os.getppid(), signal.SIGTERM); time.sleep(60)",
    "the_runner_is_stopped": "os.kill(os.getppid(), signal.SIGSTOP); time.sleep(600)",
    "all_are_killed": "os.kill(-1, signal.SIGKILL); time.sleep(60)",
    "init_says_it_is_done": """
put('/dev/ttyS2', 'exit 0\\n')
time.sleep(0.5)
put('/proc/sysrq-trigger', 'b')
time.sleep(60)""",
    "init_asks_for_a_boot": """
put('/dev/ttyS2', 'exit 4\\n')
time.sleep(0.5)
put('/proc/sysrq-trigger', 'b')
time.sleep(60)""",
    "the_runner_gets_no_file": """
runner = os.getppid()
for _ in range(os.cpu_count() + 1):
    if not os.fork():
        os.setsid()
        while True:
            for kind in (resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE, resource.RLIMIT_AS):
                resource.prlimit(runner, kind, (0, 0))
time.sleep(1)""",
    "the_runner_has_no_time": """
resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1))
time.sleep(60)""",
    "mounts_over_its_folder": "outside('mount', '-t', 'tmpfs', 'over', RUN)",
    "mounts_over_all": """
for name in ('/proc', '/sys', '/dev', '/run', RUN, '/'):
    trying(lambda: outside('mount', '-t', 'tmpfs', 'over', name))""",
    "unmounts_the_share": """
os.chdir('/')
trying(lambda: outside('umount', '-l', RUN), lambda: subprocess.run(['umount', '-l', RUN]))""",
    "unmounts_all": """
os.chdir('/')
trying(lambda: outside('umount', '-a', '-l'), lambda: outside('umount', '-l', '/'))""",
    "unbinds_devices": """
for kind in ('virtio', 'pci', 'platform', 'serial-base', 'pnp'):
    for device in glob.glob(f'/sys/bus/{kind}/devices/*'):
        trying(lambda: put(device + '/driver/unbind', os.path.basename(device)))
print('# all are unbound', flush=True)
time.sleep(2)""",
    "removes_pci": """
for device in sorted(glob.glob('/sys/bus/pci/devices/*'), reverse=True):
    trying(lambda: put(device + '/remove', '1'))
print('# all are removed', flush=True)
time.sleep(2)""",
    "writes_config_space": """
for number in range(8):
    for device in glob.glob('/sys/bus/pci/devices/*'):
        def write():
            fd = os.open(device + '/config', os.O_WRONLY)
            for at in range(0, os.fstat(fd).st_size, 4):
                trying(lambda: os.pwrite(fd, os.urandom(4), at))
            os.close(fd)
        trying(write)
print('# all are written', flush=True)
time.sleep(2)""",
    "writes_ports": """
with open('/dev/port', 'r+b', buffering=0) as file:
    for at in [*range(0xc000, 0xc400), *range(0x500, 0x700), *range(0xcf8, 0xd00)]:
        file.seek(at)
        trying(lambda: file.write(os.urandom(1)))
time.sleep(2)""",
    "real_time": """
trying(lambda: put('/proc/sys/kernel/sched_rt_runtime_us', '-1'))
for number in range(os.cpu_count() + 2):
    if not os.fork():
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(99))
        while True:
            pass
time.sleep(600)""",
    "the_control_line_is_flooded": """
with open('/dev/ttyS2', 'wb', buffering=0) as file:
    while True:
        file.write(b'x' * 65536)""",
}
# Signs of life without end, and a time limit of its own choice.
A_DAY = """
os.kill(os.getppid(), signal.SIGSTOP)
while True:
    put('running', 'bad/says_it_takes_a_day\\n86400\\n86400\\n')
    put('/dev/kmsg', '<6>it goes on')
    put('out/signs', 'x', 'a')
    time.sleep(0.5)"""
IN_SHORT = ("results_is_a_link", "out_is_a_link", "the_runner_is_killed",
            "the_runner_is_interrupted")


@support.needs_root
class Hostile(support.Case):
    """Runs of hostile programs."""

    def setUp(self) -> None:
        super().setUp()
        self.victim = os.path.join(self.programs.path, "victim")
        with open(self.victim, "w", encoding="ascii") as file:
            file.write("the host's\n")
        os.chmod(self.victim, 0o666)

    def host(self) -> Dict[str, str]:
        """The host's files that hostile guests attack, except the runs."""
        found = {}
        for top in (self.programs.path, "/etc"):
            for at, folders, files in os.walk(top):
                folders[:] = [name for name in folders
                              if os.path.join(at, name) != self.programs.results]
                for name in files + folders:
                    path = os.path.join(at, name)
                    status = os.lstat(path)
                    text = f"{status.st_mode:o} {status.st_uid} {status.st_nlink}"
                    if stat.S_ISREG(status.st_mode):
                        with open(path, "rb") as file:
                            text += hashlib.sha256(file.read()).hexdigest()
                    found[path] = text
        found["/ "] = " ".join(sorted(os.listdir("/")))
        found["hostname"] = os.uname().nodename
        return found

    def run_all(self, kinds: Dict[str, str], *words: str, seconds: float = 30,
                **circumstances: Any) -> List[Dict[str, Any]]:
        """Runs these, with a good one before and after each boot's; the results."""
        for name, text in kinds.items():
            self.programs.add(name, HEAD % self.victim + "print('TAP version 14\\n1..1')\n"
                              "print('# begins', flush=True)\n" + text
                              + "\nprint('ok 1 - a', flush=True)\n", cases=("a",), seconds=seconds)
        self.programs.add("a_good", support.GOOD)
        self.programs.add("z_good", support.GOOD)
        before = self.host()
        done = subprocess.run(
            [sys.executable, os.path.join(support.HERE, "wrap.py"), json.dumps(circumstances),
             "lab", "run", "--cpus", "1", "--memory", "1G", "--stall", "20", "--results",
             self.programs.results, *words, "--", "func", "--time-scale", "1", "--programs",
             self.programs.path],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=1500, check=False)
        said = (done.stdout + done.stderr).decode("utf-8", "replace")
        self.assertEqual(self.host(), before, said)
        self.assertNotIn("Traceback", said)
        self.assertIn(done.returncode, (0, 1, 3), said)
        self.assertTrue(all(c.isprintable() or c in "\n\t" for c in said), repr(said))
        folder = find_run("latest", self.programs.results)
        self.plain(folder)
        run, results = load(folder)
        self.assertEqual(sorted(run["plan"]), sorted(
            f"bad/{name}" for name in (*kinds, "a_good", "z_good")))
        self.assertEqual({result["name"] for result in results}, set(run["plan"]), said)
        self.assertNotIn("evil", run["lab"]["options"]["kernel"])
        verdicts = {result["name"]: result["verdict"] for result in results}
        for result in results:
            print(f"# {result['name']}: {result['verdict']}: {result['reason']}"[:1000])
        self.assertEqual((verdicts["bad/a_good"], verdicts["bad/z_good"]), ("pass", "pass"), said)
        return list(results)

    def plain(self, folder: str) -> None:
        """The folder of a run contains only what the runner creates."""
        for at, folders, files in os.walk(folder):
            for name in folders + files:
                status = os.lstat(os.path.join(at, name))
                self.assertTrue(stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode), name)
                self.assertEqual((status.st_uid, status.st_mode & 0o6000), (0, 0), name)
                if stat.S_ISREG(status.st_mode):
                    self.assertEqual((status.st_nlink, status.st_mode & 0o111), (1, 0), name)
        self.assertLessEqual(set(os.listdir(folder)), {
            "run.json", "results.jsonl", "console.log", "described.json", "out"})

    def test_mild_ones_in_one_boot(self) -> None:
        # A file of 900 MB takes a guest on a busy machine more than half a minute.
        results = self.run_all({name: text for name, text in MILD.items()
                                if name in (NAMES or MILD)}, seconds=300)
        # Attacks on the folder are no fault of the kernel; messages are reported.
        bad = {result["name"]: result["reason"] for result in results
               if result["verdict"] not in ("pass", "kernel", "leak")}
        self.assertEqual(bad, {})

    def test_hard_ones(self) -> None:
        kinds = {name: text for name, text in HARD.items() if name in (
            NAMES or (IN_SHORT if SHORT else HARD))}
        results = {result["name"]: result for result in self.run_all(kinds)}
        for name in kinds:
            self.assertIn(results[f"bad/{name}"]["verdict"], (
                "panic", "pass", "broken", "timeout", "leak", "kernel"), name)

    @unittest.skipIf(SHORT or "says_it_takes_a_day" not in (NAMES or ["says_it_takes_a_day"]),
                     "not asked for")
    def test_one_that_says_it_takes_a_day(self) -> None:
        results = self.run_all({"says_it_takes_a_day": A_DAY}, seconds=0.1, base_seconds=1,
                               set_up_seconds=100)
        found = {result["name"]: result for result in results}["bad/says_it_takes_a_day"]
        self.assertEqual(found["verdict"], "timeout")
        self.assertIn("no result comes", found["reason"])

    @unittest.skipIf(SHORT, "not in the short form")
    def test_by_virtiofs(self) -> None:
        kernel = os.environ.get("HUGEPROOF_VIRTIOFS_KERNEL")
        if not kernel:
            self.skipTest("HUGEPROOF_VIRTIOFS_KERNEL names no kernel that has virtiofs")
        self.run_all({name: MILD[name] for name in ("links", "special_files", "setuid_files")},
                     "--share", "virtiofs", "--kernel", kernel)


if __name__ == "__main__":
    support.main()
