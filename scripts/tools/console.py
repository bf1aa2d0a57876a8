"""Output of the commands: one line for each step, one sentence for each expected failure."""

import errno
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TextIO

from tools.failures import DISK_FULL

_SECONDS_BETWEEN_LINES = 10

# Failures of this process itself; `tools.failures` has those of the tools that it runs.
_SYSTEM_FAILURES = {
    errno.ENOSPC: DISK_FULL,
    errno.EDQUOT: DISK_FULL,
    errno.EROFS: "This file system is read-only: move the checkout to a writable folder.",
    errno.EACCES: "You may not write to this folder: change its permissions, or move the checkout.",
}


class CommandError(Exception):
    """An expected failure.

    Attributes:
        sentence: the failure and its remedy.
        output: the last lines of the tool that failed, if a tool failed.
    """

    def __init__(self, sentence: str, output: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.output = output


def is_coloured(stream: TextIO) -> bool:
    """Whether `stream` is a terminal and NO_COLOR is not set."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


def say(line: str) -> None:
    """Print and flush one line in one write, so that lines of several threads do not mix."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@contextmanager
def step(text: str) -> Iterator[Callable[[], None]]:
    """Print a step and its duration so far.

    On a terminal this is one line, which is updated every second; elsewhere it is a line at the
    start and another about every ten seconds.

    Yields:
        A function to call about every second during the step.
    """
    start = time.monotonic()
    last_printed = 0

    def tick() -> None:
        nonlocal last_printed
        seconds = int(time.monotonic() - start)
        if sys.stdout.isatty():
            sys.stdout.write(f"\r{text} ... {seconds} s")
            sys.stdout.flush()
        elif seconds >= last_printed + _SECONDS_BETWEEN_LINES:
            last_printed = seconds
            say(f"  still running after {seconds} s")

    if not sys.stdout.isatty():
        say(f"{text} ...")
    tick()
    try:
        yield tick
    finally:
        if sys.stdout.isatty():
            say("")


def run_command(main: Callable[[], int]) -> int:
    """Run a command's `main` and return its exit status.

    An expected failure is printed as its sentence. Ctrl-C, SIGTERM and a closed terminal become
    ordinary exits, so that every `finally` runs. A signal that the caller ignores (`nohup`) stays
    ignored.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda number, _: sys.exit(128 + number))
    try:
        return main()
    except CommandError as error:
        _report(error)
    except (BrokenPipeError, BlockingIOError):
        _discard_output()
    except OSError as error:
        if error.errno == errno.EIO:  # the terminal is gone
            _discard_output()
        elif error.errno in _SYSTEM_FAILURES:
            _report(CommandError(_SYSTEM_FAILURES[error.errno]))
        else:
            raise
    return 1


def _report(error: CommandError) -> None:
    sentence = error.sentence
    if is_coloured(sys.stderr):
        sentence = f"\x1b[31m{sentence}\x1b[0m"
    with suppress(OSError):
        print(sentence, *(f"    {line}" for line in error.output), sep="\n", file=sys.stderr)


def _discard_output() -> None:
    """Discard buffered output, about which the interpreter would complain at exit."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
