"""How the commands talk: one line a step, one sentence a failure, never a traceback for either."""

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

# What the system refuses to this process itself; `tools.failures` has what it refuses to a tool.
_SYSTEM_FAILURES = {
    errno.ENOSPC: DISK_FULL,
    errno.EDQUOT: DISK_FULL,
    errno.EROFS: "This folder cannot be written to: move the checkout to a folder that can.",
    errno.EACCES: "This folder cannot be written to: give yourself the right to, or move it.",
}


class CommandError(Exception):
    """A foreseeable failure.

    Attributes:
        sentence: what went wrong and what to do about it.
        output: the last lines of the tool that failed, if one did.
    """

    def __init__(self, sentence: str, output: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.output = output


def is_coloured(stream: TextIO) -> bool:
    """Tell whether `stream` is a terminal whose user has not asked for plain text."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


def say(line: str) -> None:
    """Print one line at once and in one piece, so that threads do not mix theirs."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@contextmanager
def step(text: str) -> Iterator[Callable[[], None]]:
    """Say what a step does and how long it has taken so far.

    A terminal gets one line with the seconds kept up to date in it, anything else a line at the
    start and another about every ten seconds.

    Yields:
        A function to call about every second while the step lasts.
    """
    start = time.monotonic()
    said = 0

    def tick() -> None:
        nonlocal said
        seconds = int(time.monotonic() - start)
        if sys.stdout.isatty():
            sys.stdout.write(f"\r{text} ... {seconds} s")
            sys.stdout.flush()
        elif seconds >= said + _SECONDS_BETWEEN_LINES:
            said = seconds
            say(f"  still at it after {seconds} s")

    if not sys.stdout.isatty():
        say(f"{text} ...")
    tick()
    try:
        yield tick
    finally:
        if sys.stdout.isatty():
            say("")


def run_command(main: Callable[[], int]) -> int:
    """Run a command's `main` and return the exit status it should have.

    Turns a foreseeable failure into its sentence, and Ctrl-C, SIGTERM and a closed terminal into
    an ordinary exit, so that every `finally` on the way out does its part. A signal that the
    caller had ignored (`nohup`) stays ignored.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda number, _: sys.exit(128 + number))
    try:
        return main()
    except CommandError as error:
        _report(error)
    except (BrokenPipeError, BlockingIOError):
        _give_up_output()
    except OSError as error:
        if error.errno == errno.EIO:  # the terminal is gone
            _give_up_output()
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


def _give_up_output() -> None:
    """Let what is still buffered go nowhere, or the interpreter complains about it at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
