# SPDX-License-Identifier: LGPL-2.1-or-later
"""The command that a guest runs."""
from __future__ import annotations

import json
import os
from typing import Any, Dict, List, Sequence

from .. import invoked, known_list
from ..coverage.inside import ASKED
from ..coverage.outside import counts
from ..environment import PRELOAD
from ..inherited import KEEP

Json = Dict[str, Any]


def command_for(words: Sequence[str], lab: Json, described: str = "") -> List[str]:
    """The command of the guest's init: run_tests.py WORDS, with only those variables of our
    environment that the runner reads. `described`: a file of programs.remember(), if any."""
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                   "HOME": "/root", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1",
                   invoked.COMMAND: invoked.typed(),
                   "HUGEPROOF_LAB": json.dumps(lab), **({ASKED: "1"} if counts(lab) else {})}
    # The user sets on the host how programs are run.
    for name in (PRELOAD, KEEP):
        if os.environ.get(name):
            environment[name] = os.environ[name]
    if described:
        environment["HUGEPROOF_DESCRIBED"] = described
    if os.environ.get("HUGEPROOF_PROGRAMS"):
        environment["HUGEPROOF_PROGRAMS"] = os.path.abspath(os.environ["HUGEPROOF_PROGRAMS"])
    if known_list.FOLDER_VARIABLE in os.environ:
        place = known_list.folder()
        environment[known_list.FOLDER_VARIABLE] = place and os.path.abspath(place)
    return [f"{name}={value}" for name, value in environment.items()] + [
        "/usr/bin/python3", os.path.join(top, "run_tests.py"), *words]
