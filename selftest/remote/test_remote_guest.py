#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""remote with a real sshd on a real machine, which is a guest with a network: it panics, and its
cable is pulled. Run by make check-remote."""
from __future__ import annotations

import glob
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from typing import Any, Dict, List, Optional
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "runner"))
import support  # noqa: E402  pylint: disable=wrong-import-position

# pylint: disable=wrong-import-position
from runner.errors import Refused  # noqa: E402
from runner.lab import initramfs, jail, launch  # noqa: E402
from runner.lab.options import KEPT, filled  # noqa: E402
from runner.lab.order import Order  # noqa: E402
from runner.lab.prepare import prepare  # noqa: E402
from runner.record import find_run, load  # noqa: E402
from support import GOOD  # noqa: E402

BUILD = os.environ.get("abs_top_builddir") or support.TOP
KERNEL = "deb:linux-image-cloud-amd64"
PORT = 22022
STEPS = """
import os, time
CASES = [sys.argv[at + 1] for at, word in enumerate(sys.argv) if word == '--case'] or CASES
print('TAP version 14')
print(f'1..{len(CASES)}', flush=True)
for number, case in enumerate(CASES, 1):
    if case == 'b':
        time.sleep(1)
        %s
    print(f'ok {number} - {case}')
    print('  ---')
    print('  duration_ms: 0.1')
    print('  ...', flush=True)
"""
PANICS = STEPS % "open('/proc/sysrq-trigger', 'w').write('c')"
WAITS = STEPS % "time.sleep(40)"
# In the guest: the network, and sshd in the foreground.
SERVES = """\
ip link set eth0 up
ip addr add 10.0.2.15/24 dev eth0
mkdir -p /run/sshd
mount -o bind {folder}/passwd /etc/passwd
mount -o bind {folder}/shadow /etc/shadow
LD_LIBRARY_PATH={libraries} exec {sshd} -D -e -f {folder}/sshd_config
"""
CONFIG = """\
Port 22
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/key.pub
StrictModes no
UsePAM no
PermitRootLogin yes
PasswordAuthentication no
"""


def sshd(folder: str) -> Dict[str, str]:
    """sshd and the folder of its libraries: those of this machine, or of the distribution's
    package, which is not installed."""
    here = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
    if here:
        return {"sshd": here, "libraries": "/nowhere"}
    got = subprocess.run(["apt-get", "download", "openssh-server", "libwrap0"], cwd=folder,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    for package in glob.glob(folder + "/*.deb"):
        subprocess.run(["dpkg", "-x", package, folder + "/root"], check=True)
    path = folder + "/root/usr/sbin/sshd"
    if got.returncode or not os.path.exists(path):
        raise unittest.SkipTest("needs sshd, or apt to fetch the package openssh-server")
    libraries = [os.path.dirname(found) for found in glob.glob(
        folder + "/root/**/libwrap.so.0", recursive=True)]
    return {"sshd": path, "libraries": ":".join(libraries)}


class Machine:
    """A guest with sshd, which is reset by a line in a pipe. `console` is the file of its
    console."""

    def __init__(self, folder: str) -> None:
        self.folder, self.boots = folder, 0
        self.console, self.pipe = folder + "/console", folder + "/reset"
        found = sshd(folder)
        for name in ("key", "host_key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                            f"{folder}/{name}"], check=True)
        with open("/etc/passwd", encoding="utf-8") as file:
            users = [line for line in file if not line.startswith(("sshd:", "root:"))]
        # Without what root's own shell does at each login.
        self._put("passwd", "root:x:0:0:root:/run:/bin/sh\n" + "".join(users)
                  + "sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin\n")
        self._put("shadow", "root:*:19000:0:99999:7:::\nsshd:*:19000:0:99999:7:::\n")
        self._put("sshd_config", CONFIG.format(folder=folder))
        self._put("serves", SERVES.format(folder=folder, **found))
        self._put("console", "")
        os.mkfifo(self.pipe)
        self.setup = prepare(Order(filled({**dict.fromkeys(KEPT), "kernel": KERNEL,
                                           "memory": "2G"}), folder))
        self.setup.keep.append(folder)
        self._launch: Optional[launch.Launch] = None
        self._qemu: "Optional[subprocess.Popen[bytes]]" = None
        threading.Thread(target=self._serve, daemon=True).start()
        self.boot()

    def _put(self, name: str, text: str) -> None:
        with open(f"{self.folder}/{name}", "w", encoding="utf-8") as file:
            file.write(text)

    def _serve(self) -> None:
        while True:
            with open(self.pipe, encoding="ascii") as file:
                if file.read():
                    self.boot()

    def boot(self) -> None:
        """Switches it off, and on."""
        self.off()
        self.boots += 1
        settings = self.setup.settings("/dev/null")
        made = self._launch = self.setup.launch(settings)
        with mock.patch.object(initramfs, "USEFUL", (*initramfs.USEFUL, "virtio_net")):
            initramfs.write(made.archive, self.setup.guest.kernel, self.setup.sharing, settings, [
                "PATH=/usr/sbin:/usr/bin:/sbin:/bin:/run/lab/bin", "/bin/sh",
                self.folder + "/serves"])
        # The jail of the lab has no network.
        with mock.patch.object(jail, "command", lambda spec, argv: list(argv)):
            made.prepare(self.setup.shares())
            lines = self.setup.guest.arch
            for number, name in enumerate(("console", "output", "control")):
                made.argv += ["-chardev", f"file,id={name},append=on,path={self.folder}/{name}",
                              *lines.line(name, number)]
            made.argv += ["-netdev", f"user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:{PORT}-:22",
                          "-device", "virtio-net-pci,netdev=net",
                          "-monitor", f"unix:{self.folder}/monitor,server=on,wait=off"]
            self._qemu = made.start(stdin=subprocess.DEVNULL, start_new_session=True,
                                    stdout=open(self.folder + "/qemu", "ab"),
                                    stderr=subprocess.STDOUT)

    def cable(self, state: str) -> None:
        """Pulls the cable (off), or plugs it in (on)."""
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.connect(self.folder + "/monitor")
            said, prompt = b"", b"(qemu) "
            while prompt not in said:
                said += monitor.recv(4096)
            monitor.sendall(f"set_link net {state}\n".encode())
            # It has been executed when the next prompt comes.
            said = b""
            while prompt not in said:
                said += monitor.recv(4096)

    def off(self) -> None:
        """Switches it off."""
        if self._launch:
            self._launch.close(self._qemu)
        self._launch = self._qemu = None

    def answers(self) -> bool:
        """True when a shell can be reached."""
        return subprocess.run(self.ssh("true"), stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              check=False).returncode == 0

    def ssh(self, *command: str) -> List[str]:
        """The command line for a command there."""
        return ["ssh", *(word for option in self.options() for word in ("-o", option)),
                "-o", "ConnectTimeout=5", "root@127.0.0.1", *command]

    def options(self) -> List[str]:
        """Options of ssh."""
        return [f"Port={PORT}", f"IdentityFile={self.folder}/key", "IdentitiesOnly=yes",
                "StrictHostKeyChecking=no", f"UserKnownHostsFile={self.folder}/known_hosts"]

    def said(self, command: str) -> str:
        """What a command there prints."""
        return subprocess.run(self.ssh(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=True, encoding="utf-8").stdout


def wait(what: Any, seconds: float = 120) -> None:
    """Waits until that is true."""
    ends = time.monotonic() + seconds
    while not what():
        if time.monotonic() > ends:
            raise AssertionError(f"not within {seconds} s")
        time.sleep(0.2)


@support.needs_root
class Guest(support.Case):
    """A machine that is reached by ssh."""

    machine: Machine

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.mkdtemp(prefix="hugeproof-selftest-", dir="/run")
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        try:
            cls.machine = Machine(folder)
        except Refused as refused:
            raise unittest.SkipTest(str(refused)) from None
        cls.addClassCleanup(cls.machine.off)
        wait(cls.machine.answers)

    def start(self, *words: str) -> "subprocess.Popen[str]":
        """Starts a run on it."""
        options = [word for option in self.machine.options() for word in ("--ssh-option", option)]
        self.near = os.path.join(self.programs.path, "near")
        os.mkdir(self.near)
        errors = open(os.path.join(self.programs.path, "errors"), "wb")
        self.addCleanup(errors.close)
        return subprocess.Popen(
            [sys.executable, os.path.join(support.TOP, "run_tests.py"), "remote",
             "root@127.0.0.1", *options, "--console", f"exec tail -n +1 -f {self.machine.console}",
             "--reset", f"echo reset >{self.machine.pipe}", "--results", self.programs.results,
             *words, "--", "func", "--programs", self.programs.path, "--time-scale", "10"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
            encoding="utf-8", env=dict(os.environ, TMPDIR=self.near))

    def said(self) -> str:
        """What a run has written to standard error."""
        with open(os.path.join(self.programs.path, "errors"), encoding="utf-8") as file:
            return file.read()

    def points(self) -> Dict[str, str]:
        """The verdicts of the points of the last run."""
        return {point["name"].partition("/")[2]: point["verdict"]
                for result in load(find_run("latest", self.programs.results))[1]
                for point in result["points"]}

    def left(self) -> str:
        """What is left there of a run."""
        return self.machine.said("ls /var/tmp; cat /proc/sys/vm/nr_hugepages")

    def test_a_panic_and_the_rest_after_a_reset(self) -> None:
        self.real()
        self.programs.add("panics", PANICS, cases=("a", "b", "c"), seconds=60)
        self.programs.add("zz_last", GOOD)
        before = self.machine.boots
        child = self.start()
        out = child.communicate(timeout=500)[0]
        err = self.said()
        self.assertEqual(child.returncode, 1, out + err)
        points = self.points()
        self.assertEqual({name: points[name] for name in points if "mprotect" not in name},
                         {"panics.a": "pass", "panics.b": "panic", "panics.c": "pass",
                          "zz_last.a": "pass", "zz_last.b": "pass"}, out + err)
        self.assertEqual({points[name] for name in points if "mprotect" in name}, {"pass"}, out)
        self.assertEqual(self.machine.boots, before + 1)
        folder = find_run("latest", self.programs.results)
        result = next(result for result in load(folder)[1] if result["name"] == "bad/panics")
        self.assertIn("sysrq triggered crash", result["reason"])
        self.assertIn("Call Trace", "\n".join(result["log"]))
        self.assertEqual(self.left(), "0\n")

    def real(self) -> None:
        """Adds a program of the suite, for which the runner raises a pool."""
        there = os.path.join(self.programs.path, "tests", "hugetlb")
        os.makedirs(there)
        shutil.copy(os.path.join(BUILD, "tests", "hugetlb", "mprotect"), there)

    def under_way(self) -> None:
        """Waits until the first point of the program `waits` has arrived here."""
        wait(lambda: any(b"ok 1 - a" in open(path, "rb").read() for path in glob.glob(
            self.near + "/*/out/bad-waits.out")))

    def test_a_signal_here(self) -> None:
        self.real()
        self.programs.add("waits", WAITS, cases=("a", "b", "c"), seconds=60)
        child = self.start()
        self.under_way()
        self.assertRegex(self.left(), r"hugeproof-\w+\n[1-9]")
        began = time.monotonic()
        child.terminate()
        child.communicate(timeout=60)
        self.assertLess(time.monotonic() - began, 1.0)
        err = self.said()
        self.assertEqual(child.returncode, 2, err)
        self.assertIn("interrupted by SIGTERM (results so far are in", err)
        wait(lambda: self.left() == "0\n", 60)

    def test_a_pulled_cable(self) -> None:
        self.programs.add("waits", WAITS, cases=("a", "b", "c"), seconds=60)
        child = self.start("--stall", "20")
        self.under_way()
        self.machine.cable("off")
        try:
            wait(lambda: "not a word for" in self.said())
        finally:
            self.machine.cable("on")
        out = child.communicate(timeout=500)[0]
        err = self.said()
        self.assertEqual(child.returncode, 3, out + err)
        self.assertEqual(self.points(), {"waits.a": "pass", "waits.b": "broken",
                                         "waits.c": "pass"}, err)
        self.assertIn("in the same boot", out)
        self.assertEqual(self.left(), "0\n")


if __name__ == "__main__":
    support.main()
