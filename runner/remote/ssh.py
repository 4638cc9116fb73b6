# SPDX-License-Identifier: LGPL-2.1-or-later
"""A connection by OpenSSH's own client, which several sessions share (ControlMaster)."""
from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from typing import Any, List, Optional, Sequence

from ..endings import LOOK_SECONDS, check, dies_with_us, held, signal_group
from ..errors import Refused, why
from ..text import clean, decode

# How long the connection itself may take, and with authentication.
CONNECT_SECONDS, READY_SECONDS = 15, 45.0
# What a host can be called: never an option of ssh.
_HOST = re.compile(r"[A-Za-z0-9_\[][^\s\x00-\x1f\x7f'\"`$\\;&|<>(){}]{0,254}\Z")
# What to do about an error, by the words of ssh.
_REMEDIES = (("Permission denied", "no password is asked for: give ssh a key, or an agent"),
             ("Host key verification failed", "connect once by hand, or put its key into "
              "known_hosts"),
             ("Could not resolve", "ssh HOST must work by hand"))


class Unreachable(Refused):
    """The machine cannot be reached."""


def host_of(word: str) -> str:
    """A host as ssh takes it: a name, an address, USER@HOST. Raises Refused."""
    if not _HOST.match(word):
        raise Refused(f"not a host for ssh: {clean(word) or 'nothing'}")
    return word


class Ssh:
    """A connection to a host. Release with close(). `options` are of the form of ssh_config
    (Port=2222)."""

    def __init__(self, host: str, options: Sequence[str] = ()) -> None:
        self.host, self.options = host, list(options)
        # The path of a socket is short.
        self.folder = tempfile.mkdtemp(prefix="hugeproof-ssh-")
        self._master: "Optional[subprocess.Popen[bytes]]" = None

    @property
    def _socket(self) -> str:
        return os.path.join(self.folder, "c")

    def _command(self, *words: str) -> List[str]:
        # The first value of an option counts: nothing can make ssh ask for a password.
        given = ["BatchMode=yes", f"ConnectTimeout={CONNECT_SECONDS}", "ControlPersist=no",
                 "ServerAliveInterval=0", "ForwardAgent=no", "ForwardX11=no",
                 "ClearAllForwardings=yes", "PermitLocalCommand=no", "RemoteCommand=none",
                 *self.options]
        return ["ssh", "-T", "-S", self._socket, *(
            word for option in given for word in ("-o", option)), *words, "--", self.host]

    def connect(self) -> None:
        """Connects. Raises Unreachable, with the words of ssh, and Interrupted."""
        self.disconnect()
        self._master = self.start(self._command("-M", "-N"), "master", stdout=subprocess.DEVNULL,
                                  stdin=subprocess.DEVNULL)
        ends = time.monotonic() + READY_SECONDS
        while not os.path.exists(self._socket):
            check()
            if self._master.poll() is not None:
                raise Unreachable(f"cannot connect to {self.host}: {self.said('master')}")
            if time.monotonic() > ends:
                raise Unreachable(f"cannot connect to {self.host}: not done after "
                                  f"{READY_SECONDS:g} s")
            time.sleep(LOOK_SECONDS)

    @property
    def connected(self) -> bool:
        """True while the connection lasts, as far as ssh knows."""
        return self._master is not None and self._master.poll() is None

    def session(self, command: str) -> "subprocess.Popen[bytes]":
        """Starts a command there, by the shell of the user. Its standard input and output are
        pipes."""
        return self.start([*self._command("-o", "ControlMaster=no"), command], "session",
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def start(self, argv: List[str], what: str, **streams: Any) -> "subprocess.Popen[bytes]":
        """Starts a process that ends with us; its standard error is kept for said(). Raises
        Refused."""
        with open(os.path.join(self.folder, what), "wb") as errors, held():
            try:
                return subprocess.Popen(  # pylint: disable=consider-using-with
                    [*dies_with_us(), *argv], stderr=errors, start_new_session=True, **streams)
            except OSError as error:
                raise Refused(f"cannot start ssh: {why(error)} (package openssh-client)") from None

    def said(self, what: str) -> str:
        """The last line of standard error of what start() started, with what to do about it."""
        try:
            with open(os.path.join(self.folder, what), "rb") as file:
                lines = [line.strip() for line in decode(file.read()).splitlines() if line.strip()]
        except OSError:
            lines = []
        line = clean(lines[-1]) if lines else "ssh says nothing"
        remedy = next((text for words, text in _REMEDIES if words in line), "")
        return line + (f" ({remedy})" if remedy else "")

    def disconnect(self) -> None:
        """Ends the connection, and all sessions of it."""
        if self._master:
            end(self._master)
            self._master = None
        try:
            os.unlink(self._socket)
        except OSError:
            pass

    def close(self) -> None:
        """Ends everything."""
        self.disconnect()
        shutil.rmtree(self.folder, ignore_errors=True)


def end(child: "subprocess.Popen[bytes]") -> None:
    """Kills a process and its group."""
    if child.poll() is None:
        signal_group(child.pid, signal.SIGKILL)
    child.wait()
    for stream in (child.stdin, child.stdout):
        if stream:
            stream.close()
