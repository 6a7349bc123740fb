"""Run as a script between a worker and a foreign program: ties the program's life to the worker's, sets its limits.

Workers have many threads, where Python code between fork and exec may deadlock; a process of its own cannot.
Arguments: the limits (``process.Limits``) and the worker's process id as JSON, then the program and its arguments.
"""

import ctypes
import json
import os
import resource
import signal
import sys
import time
from typing import Any

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
CANNOT_START = 127
SESSION_GROUP = "/proc/self/autogroup"  # sched(7)
GROUP_TRIES, GROUP_WAIT_S = 20, 0.1


def main() -> int:
    limits: dict[str, Any] = json.loads(sys.argv[1])
    command = sys.argv[2:]
    if sys.platform == "linux":
        if not limits["is_networked"]:
            leave_network()
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != limits["parent"]:  # the worker died before the call above could take effect
            return 1
        # RLIMIT_AS would also count the address space that graphics drivers reserve and never touch.
        bound(resource.RLIMIT_DATA, limits["memory_bytes"])
    bound(resource.RLIMIT_FSIZE, limits["file_bytes"])
    bound(resource.RLIMIT_CPU, limits["cpu_s"])
    bound(resource.RLIMIT_NOFILE, limits["open_files"])
    bound(resource.RLIMIT_CORE, 0)
    if limits["niceness"] > 0:
        be_nice(limits["niceness"])
    try:
        os.execvp(command[0], command)  # noqa: S606 - there is no shell on purpose
    except OSError as error:
        sys.stderr.write(f"{command[0]} cannot be started: {error}\n")
    return CANNOT_START


def be_nice(niceness: int) -> None:
    """The program within its session, and the session among the others where the kernel groups by them."""
    os.nice(niceness)
    for _ in range(GROUP_TRIES):
        try:
            with open(SESSION_GROUP, "w") as group:  # noqa: PTH123 - this script loads as little as it can
                group.write(str(niceness))
        except BlockingIOError:  # the kernel takes ten of these a second, of the whole machine
            time.sleep(GROUP_WAIT_S)
        except OSError:
            return
        else:
            return


def leave_network() -> None:
    """An empty network of its own, where the kernel allows that; the protocol whitelist holds either way.

    Root never gets users of its own: it would lose its way to the files of others.
    """
    libc = ctypes.CDLL(None)
    if libc.unshare(CLONE_NEWNET) != 0 and os.geteuid() != 0:
        libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)


def bound(kind: int, limit: int) -> None:
    """Lower a limit; one that is lower already stays."""
    _, hard = resource.getrlimit(kind)
    lowest = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(kind, (lowest, lowest))


if __name__ == "__main__":
    sys.exit(main())
