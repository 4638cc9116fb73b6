# SPDX-License-Identifier: LGPL-2.1-or-later
"""The lab's cache: built kernels, unpacked packages, measurements of the machine."""
from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from typing import Any, IO, Iterator, List, Optional, Sequence

from .. import endings, invoked
from ..errors import Refused, why
from ..output import say
from ..text import clean, decode

# Time limits of tools, in seconds: an ordinary one, and one for fetching a package or unpacking a
# source.
TOOL_SECONDS, LONG_SECONDS = 300.0, 3600.0
_SCRATCH = re.compile(r"hugeproof-lab-(\d+)-")


def folder(*parts: str) -> str:
    """A path in $XDG_CACHE_HOME/hugeproof/lab, whose parent folders are made."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    path = os.path.join(base, "hugeproof", "lab", *parts)
    try:
        os.makedirs(os.path.dirname(path) if parts else path, exist_ok=True)
    except OSError as error:
        raise Refused(f"cannot use the cache {clean(base)}: {why(error)} (XDG_CACHE_HOME "
                      "names another place)") from None
    return path


def add_content(digest: Any, path: str) -> None:
    """Adds the content of a file to a digest of hashlib. Raises Refused."""
    try:
        with open(path, "rb") as file:
            for data in iter(lambda: file.read(1 << 20), b""):
                digest.update(data)
    except OSError as error:
        raise Refused(f"cannot read {clean(path)}: {why(error)}") from None


def key(*parts: str) -> str:
    """A short name for content: a hash of the parts."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:16]


@contextlib.contextmanager
def locked(path: str) -> Iterator[None]:
    """Holds PATH.lock, so that two runners do not make the same file at once. All work under the
    lock has time limits; a signal ends the wait for it."""
    fd = os.open(path + ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _lock(fd, path)
        yield
    finally:
        os.close(fd)


def _lock(fd: int, path: str) -> None:
    said = False
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if not said:
                say(f"waiting for another that makes {clean(path)}")
            said = True
            endings.check()
            time.sleep(endings.LOOK_SECONDS)


@contextlib.contextmanager
def made_whole(path: str) -> Iterator[str]:
    """A temporary folder that is renamed to `path` when the block ends without an exception. The
    caller holds its lock. After a signal the files stay for the next call to remove, because
    removing a kernel's source takes long."""
    temporary = path + ".making"
    shutil.rmtree(temporary, ignore_errors=True)
    os.makedirs(temporary)
    try:
        yield temporary
        os.rename(temporary, path)
    except Exception:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def scratch() -> str:
    """A new folder in /run, which the caller removes; folders of callers that were killed are
    removed first."""
    for name in os.listdir("/run"):
        match = _SCRATCH.match(name)
        if match and not os.path.exists(f"/proc/{match.group(1)}"):
            shutil.rmtree(os.path.join("/run", name), ignore_errors=True)
    return tempfile.mkdtemp(prefix=f"hugeproof-lab-{os.getpid()}-", dir="/run")


def need_tool(name: str, remedy: str = "") -> str:
    """The path of a tool. Raises Refused when it is missing."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not found:
        raise Refused(f"{name} is not installed: "
                      + (remedy or f"{invoked.setup('--lab')} installs it"))
    return found


def run_tool(argv: Sequence[str], what: str, cwd: Optional[str] = None,
             limit_s: float = TOOL_SECONDS, output: Optional[IO[bytes]] = None) -> str:
    """The output of a tool, or nothing where it goes to the file `output`. Raises Refused with the
    tool's last line when it fails, and after `limit_s` seconds."""
    done = endings.run_tool(argv, what, limit_s, stdout=output or subprocess.PIPE,
                            stderr=subprocess.PIPE, cwd=cwd)
    if done.returncode:
        raise Refused(f"{what}: {last_line(done.stderr) or f'exit status {done.returncode}'}")
    return decode(done.stdout or b"")


def last_line(data: bytes) -> str:
    """The last line that is not blank."""
    lines: List[str] = [line for line in decode(data).splitlines() if line.strip()]
    return clean(lines[-1].strip()) if lines else ""
