"""Run as a script between a worker and a foreign program: ties the program's life to the worker's, sets its limits.

Workers have many threads, where Python code between fork and exec may deadlock; a process of its own cannot.
Arguments: process id of the worker, niceness, memory limit, file size limit, then the program and its arguments.
"""

import ctypes
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1
CANNOT_START = 127


def main() -> int:
    parent, niceness, memory_bytes, file_bytes = (int(text) for text in sys.argv[1:5])
    command = sys.argv[5:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # the worker died before the call above could take effect
            return 1
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    os.nice(niceness)
    try:
        os.execvp(command[0], command)  # noqa: S606 - there is no shell on purpose
    except OSError as error:
        sys.stderr.write(f"{command[0]} cannot be started: {error}\n")
    return CANNOT_START


if __name__ == "__main__":
    sys.exit(main())
