"""Run a command whose processes all end when the parent of the guardian ends.

Run as a program: `python guardian.py COMMAND...`. The command gets its own process group, in which
its descendants stay. The guardian's standard input is the read end of a pipe, and only the parent
holds the write end: when the parent closes it or ends for any reason (SIGKILL included), the
guardian ends the whole group. SIGTERM to the guardian does the same. The guardian prints nothing
when it ends, because the terminal may be gone.
"""

import os
import select
import signal
import subprocess
import sys
import time

GRACE_SECONDS = 5.0


def main() -> int:
    """Run the command of the command line until it ends or the guardian must end.

    Returns:
        The command's exit status, or 128 plus the number of the signal that ended it.
    """
    wake_reader, wake_writer = os.pipe()
    os.set_blocking(wake_writer, False)
    signal.set_wakeup_fd(wake_writer)
    # The parent gets SIGINT and SIGHUP too, and decides what happens. Handlers rather than SIG_IGN,
    # because the command would inherit SIG_IGN.
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)

    try:
        command = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, process_group=0)
    except OSError as error:
        print(f"{sys.argv[1]}: {error.strerror}", file=sys.stderr)
        return 127
    while command.poll() is None:
        ready, _, _ = select.select([sys.stdin.fileno(), wake_reader], [], [])
        if sys.stdin.fileno() in ready or signal.SIGTERM in os.read(wake_reader, 64):
            break
    end_group(command)
    status = command.wait()
    return status if status >= 0 else 128 - status


def end_group(leader: "subprocess.Popen[bytes]") -> None:
    """End the process group of `leader` with SIGTERM, and after 5 seconds with SIGKILL."""
    deadline = time.monotonic() + GRACE_SECONDS
    _signal_group(leader.pid, signal.SIGTERM)
    while _signal_group(leader.pid, 0):
        leader.poll()  # reaps the leader, which counts as a member until then
        if time.monotonic() > deadline:
            _signal_group(leader.pid, signal.SIGKILL)
            break
        time.sleep(0.05)


def _signal_group(group: int, number: int) -> bool:
    """Signal a group and return whether it has a member; signal 0 only checks."""
    try:
        os.killpg(group, number)
    except (
        ProcessLookupError,
        PermissionError,
    ):  # macOS raises the latter if only zombies are left
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
