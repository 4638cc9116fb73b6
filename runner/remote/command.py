# SPDX-License-Identifier: LGPL-2.1-or-later
"""The command that starts the other side of a link (far/), which needs python3 there and nothing
else."""
from __future__ import annotations

import json
import os
import shlex
from base64 import b64encode
from typing import Any, Dict

Json = Dict[str, Any]
_MODULES = ("frames", "record", "agent")
# Reads as many bytes as its first argument says, which hold the modules, and calls main() of the
# last one with the second. This part must be understood by any python3.
_LOADER = """
import json, os, sys, types
if sys.version_info < (3, 9):
    sys.stderr.write("hugeproof: needs Python 3.9, it has %d.%d\\n" % sys.version_info[:2])
    sys.exit(3)
size, data = int(sys.argv[1]), b""
while len(data) < size:
    piece = os.read(0, size - len(data))
    if not piece:
        sys.exit(3)
    data += piece
package = types.ModuleType("far")
package.__path__ = []
sys.modules["far"] = package
for name, text in json.loads(data.decode()):
    module = types.ModuleType("far." + name)
    module.__package__ = "far"
    sys.modules["far." + name] = module
    exec(compile(text, "far/" + name, "exec"), module.__dict__)
module.main(sys.argv[2])
"""


def code() -> bytes:
    """The modules, as the loader takes them from its standard input."""
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "far")
    found = []
    for name in _MODULES:
        with open(os.path.join(folder, name + ".py"), encoding="utf-8") as file:
            found.append((name, file.read()))
    return json.dumps(found).encode()


def command(size: int, asked: Json, sudo: bool) -> str:
    """The command line for the shell of the user there, whichever that is. `size`: that of
    code()."""
    # Some shells read line breaks and other characters in quotes in their own way.
    loader = f"exec(__import__('base64').b64decode('{b64encode(_LOADER.encode()).decode()}'))"
    python = shlex.join([*(["sudo", "-n"] if sudo else []), "python3", "-I", "-B", "-c", loader,
                         str(size), json.dumps(asked)])
    return shlex.join(["sh", "-c", "command -v python3 >/dev/null 2>&1 || { echo 'hugeproof: needs "
                       f"python3, it has none' >&2; exit 3; }}; exec {python}"])
