# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a guest prints, passed on to our own output without what a terminal would obey."""
from __future__ import annotations

import codecs
from typing import TextIO

from ..text import printed


class Passed:
    """put() all that came so far, again and again: what is new is written."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._done = 0
        # A character may come in two pieces.
        self._decode = codecs.getincrementaldecoder("utf-8")("backslashreplace").decode

    def put(self, output: bytes) -> None:
        """Writes what is new."""
        if len(output) > self._done:
            self._stream.write(printed(self._decode(output[self._done:]).replace("\r\n", "\n")))
            self._stream.flush()
            self._done = len(output)
