# SPDX-License-Identifier: LGPL-2.1-or-later
"""Passes a guest's output on to our own, without control sequences for the terminal."""
from __future__ import annotations

import codecs
from typing import TextIO

from ..text import printed


class Passed:
    """Call put() repeatedly with the whole output so far: it writes what is new."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._done = 0
        # The bytes of a character may arrive in two pieces.
        self._decode = codecs.getincrementaldecoder("utf-8")("backslashreplace").decode

    def put(self, output: bytes) -> None:
        """Writes what is new."""
        if len(output) > self._done:
            self._stream.write(printed(self._decode(output[self._done:]).replace("\r\n", "\n")))
            self._stream.flush()
            self._done = len(output)
