# SPDX-License-Identifier: LGPL-2.1-or-later
"""A pipeline of two stages in threads: things, mostly kernels, are made, and what is made is
tried."""
from __future__ import annotations

import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, Generic, Iterator, Sequence, Tuple, TypeVar, Union

from ..endings import LOOK_SECONDS
from ..errors import Interrupted
from ..run import Signals

Thing = TypeVar("Thing")
Made = TypeVar("Made")
Result = TypeVar("Result")


class Pipeline(Generic[Thing, Made, Result]):
    """`number` threads that make and as many that try, which mostly wait for processes. At most
    twice as many things are made and not yet tried, so that they do not fill the disk."""

    def __init__(self, number: int, signals: Signals, make: Callable[[Thing], Made],
                 attempt: Callable[[Thing, Made], Result]) -> None:
        self._signals, self._make, self._attempt = signals, make, attempt
        self._makers, self._triers = ThreadPoolExecutor(number), ThreadPoolExecutor(number)
        self._ahead = threading.Semaphore(2 * number)
        self._done: "queue.Queue[Tuple[Thing, Union[Result, BaseException]]]" = queue.Queue()
        self._ends = False

    def each(self, things: Sequence[Thing]) -> Iterator[Tuple[Thing, Result]]:
        """Yields each thing with its result, in the order in which they are done. When the
        iteration ends, however it does, no thread is left. Raises Interrupted, and whatever
        `make` or `attempt` raised."""
        try:
            for thing in things:
                self._makers.submit(self._made, thing)
            for _ in things:
                thing, result = self._next()
                if isinstance(result, BaseException):
                    raise result
                yield thing, result
        finally:
            self._ends = True
            for pool in (self._makers, self._triers):
                pool.shutdown(wait=True, cancel_futures=True)

    def _next(self) -> Tuple[Thing, Union[Result, BaseException]]:
        while True:
            if self._signals.requested:
                raise Interrupted(self._signals.requested)
            try:
                return self._done.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                continue

    def _made(self, thing: Thing) -> None:
        while not self._ahead.acquire(timeout=LOOK_SECONDS):
            if self._ends:
                return
        try:
            made = self._make(thing)
            if not self._ends:
                self._triers.submit(self._tried, thing, made)
        except BaseException as error:  # pylint: disable=broad-except
            self._done.put((thing, error))

    def _tried(self, thing: Thing, made: Made) -> None:
        try:
            self._done.put((thing, self._attempt(thing, made)))
        except BaseException as error:  # pylint: disable=broad-except
            self._done.put((thing, error))
        finally:
            self._ahead.release()
