"""Run a command so that nothing of it outlives whoever asked for it.

Run as a program: `python guardian.py COMMAND...`. The command gets a process group of its own,
and its descendants stay in it. The guardian's standard input is the read end of a pipe whose
write end only the asker holds: when the asker closes it, or ends for whatever reason (SIGKILL
included), the guardian ends the whole group. SIGTERM to the guardian does the same. Nothing is
printed on the way out, because the terminal may be what went away.
"""

import os
import select
import signal
import subprocess
import sys
import time

GRACE_SECONDS = 5.0


def main() -> int:
    """Run the command of the command line to its end, or to ours.

    Returns:
        The command's exit status, or 128 plus the number of the signal that ended it.
    """
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    # SIGINT and SIGHUP come to the asker too, and it decides. Handlers and not SIG_IGN, which the
    # command would inherit.
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)

    try:
        command = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, process_group=0)
    except OSError as error:
        print(f"{sys.argv[1]}: {error.strerror}", file=sys.stderr)
        return 127
    while command.poll() is None:
        ready, _, _ = select.select([sys.stdin.fileno(), woken], [], [])
        if sys.stdin.fileno() in ready or signal.SIGTERM in os.read(woken, 64):
            break
    end_group(command)
    status = command.wait()
    return status if status >= 0 else 128 - status


def end_group(leader: "subprocess.Popen[bytes]") -> None:
    """End the process group of `leader`: ask, and force whoever is left 5 seconds later."""
    deadline = time.monotonic() + GRACE_SECONDS
    _signal_group(leader.pid, signal.SIGTERM)
    while _signal_group(leader.pid, 0):
        leader.poll()  # until it is reaped, a leader that has ended counts as a member
        if time.monotonic() > deadline:
            _signal_group(leader.pid, signal.SIGKILL)
            break
        time.sleep(0.05)


def _signal_group(group: int, number: int) -> bool:
    """Signal a group and tell whether it had a member left; signal 0 only asks."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # macOS: the latter when only zombies are left
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
