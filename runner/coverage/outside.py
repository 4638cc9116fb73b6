# SPDX-License-Identifier: LGPL-2.1-or-later
"""On the host: copies the counters that a guest saved, without interpreting them."""
from __future__ import annotations

import gzip
import os
from typing import Any, Dict, List, Optional, Tuple

from ..errors import Refused, why
from ..text import clean
from .inside import BOOT, FOLDER, file_name

# The most bytes of all counters of one program; those of present kernels are less than 1 MB.
MAX_RAW = 16 << 20
RAW = "raw"
# The value of --kernel for a kernel with counters; also NAME:DIR.
KERNEL = "coverage"


def counts(lab: Optional[Dict[str, Any]]) -> bool:
    """True when the guests of a run have a kernel with counters, by the field `lab` of run.json."""
    options = (lab or {}).get("options")
    kernel = options.get("kernel") if isinstance(options, dict) else None
    return isinstance(kernel, str) and kernel.partition(":")[0] == KERNEL


def take(box: Any, run: str, name: str, taken: bool) -> None:
    """Copies the counters of that program, and of the boot if they exist, from the guest's folder
    into the run's. When the result is `taken`, they are removed to make room. Raises Refused."""
    for known in (BOOT, name):
        inside = f"{FOLDER}/{file_name(known)}"
        data = box.read(inside, 0, MAX_RAW)
        if data is None:
            continue
        try:
            _keep(os.path.join(run, FOLDER, RAW), known, data)
        except OSError as error:
            raise Refused(f"cannot keep the counters of {clean(known)}: {why(error)}") from None
        if taken or known == BOOT:
            box.forget(inside)


def _keep(folder: str, name: str, data: bytes) -> None:
    """Writes a file of counters; a program that runs in several boots has several."""
    os.makedirs(folder, exist_ok=True)
    number = 1
    while os.path.exists(_path(folder, name, number)):
        number += 1
    path = _path(folder, name, number)
    with gzip.open(path + ".tmp", "wb", compresslevel=1) as file:
        file.write(data)
    os.rename(path + ".tmp", path)


def _path(folder: str, name: str, number: int) -> str:
    return os.path.join(folder, f"{file_name(name)}~{number}.gz")


def kept(run: str, plan: List[str]) -> List[Tuple[str, str]]:
    """The names and paths of all files that were copied."""
    folder = os.path.join(run, FOLDER, RAW)
    known: Dict[str, str] = {file_name(name): name for name in [BOOT, *plan]}
    found = []
    for entry in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        base, tilde, rest = entry.rpartition("~")
        if tilde and rest.endswith(".gz") and base in known:
            found.append((known[base], os.path.join(folder, entry)))
    return found


def unpacked(path: str) -> Dict[str, bytes]:
    """The files of counters in a copied file, as name -> content. A guest can write anything:
    reading ends at the first part that is not as Collector writes it."""
    with gzip.open(path, "rb") as file:
        data = file.read(MAX_RAW + 1)
    found: Dict[str, bytes] = {}
    at = 0
    while at < len(data):
        end = data.find(b"\n", at, at + 5000)
        size, space, name = data[at:end].partition(b" ")
        if end < 0 or not space or not size.isdigit() or len(size) > 9:
            break
        at = end + 1 + int(size)
        if at > len(data):
            break
        found[name.decode("utf-8", "replace")] = data[end + 1:at]
    return found
