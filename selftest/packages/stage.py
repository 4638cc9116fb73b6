# SPDX-License-Identifier: LGPL-2.1-or-later
"""What make install installs, in a folder of its own."""
from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from typing import List, Sequence

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get("abs_top_builddir") or TOP


def made(target: str, **variables: str) -> None:
    """Runs make for a target in the folder of the build."""
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "DESTDIR")}
    done = subprocess.run(["make", "-s", target, *(f"{name}={value}" for name, value
                                                   in variables.items())],
                          cwd=BUILD, env=environment, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, encoding="utf-8", check=False)
    if done.returncode:
        raise AssertionError(f"make {target}: {done.stdout[-2000:]}")


class Stage:
    """Everything that is installed; remove() removes the folder."""

    def __init__(self) -> None:
        self.path = tempfile.mkdtemp(prefix="hugeproof-stage-")
        os.chmod(self.path, 0o755)
        # Where this build was configured to be installed.
        with open(os.path.join(BUILD, "Makefile"), encoding="utf-8") as file:
            self.prefix = next(line.split()[2] for line in file if line.startswith("prefix = "))
        try:
            made("install", DESTDIR=self.path)
        except BaseException:
            self.remove()
            raise

    def remove(self) -> None:
        """Removes the folder."""
        shutil.rmtree(self.path, ignore_errors=True)

    def place(self, *parts: str) -> str:
        """A path below the prefix."""
        return os.path.join(self.path + self.prefix, *parts)

    def files(self) -> List[str]:
        """All files, as if they were installed with the prefix /usr: `/usr/bin/hugeproof`."""
        found = [os.path.join(at, name)[len(self.path):]
                 for at, _, names in os.walk(self.path) for name in names]
        return sorted("/usr" + name[len(self.prefix):] if name.startswith(self.prefix + "/")
                      else name for name in found)


def run(argv: Sequence[str], folder: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Runs a command with nothing of our environment but the path."""
    return subprocess.run(argv, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, encoding="utf-8", errors="replace", check=False,
                          env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **environment})
