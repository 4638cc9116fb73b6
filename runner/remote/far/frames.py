# SPDX-License-Identifier: LGPL-2.1-or-later
"""What goes over the link, in both directions: frames. A frame is a line of JSON, whose `size` says
how many bytes follow it."""
from __future__ import annotations

import json
from typing import Any, Dict, Iterator, Tuple

Json = Dict[str, Any]
# What stands before the first frame: shells may print something of their own before it.
MAGIC = b"\nhugeproof remote 1\n"
# The most bytes of a frame's line and of what follows it.
MAX_LINE, MAX_DATA = 1 << 16, 1 << 20
# How often each side tells the other that it is there, and after how long without a word it may
# take the link for lost, at the least.
ALIVE_SECONDS, LEAST_SECONDS = 1.0, 5.0


def frame(line: Json, data: bytes = b"") -> bytes:
    """A frame as it is sent."""
    return json.dumps({**line, "size": len(data)}).encode() + b"\n" + data


class Frames:
    """Takes bytes apart into frames."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[Tuple[Json, bytes]]:
        """The frames that are complete with these bytes. Raises ValueError for what is none."""
        self._rest += data
        while True:
            end = self._rest.find(b"\n", 0, MAX_LINE)
            if end < 0:
                if len(self._rest) >= MAX_LINE:
                    raise ValueError("a line without end")
                return
            line = json.loads(self._rest[:end].decode("utf-8"))
            size = line.get("size") if isinstance(line, dict) else None
            if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size <= MAX_DATA:
                raise ValueError("a frame without a size")
            if len(self._rest) < end + 1 + size:
                return
            data = bytes(self._rest[end + 1:end + 1 + size])
            del self._rest[:end + 1 + size]
            yield line, data
