"""Keeps one throw-away Postgres and Valkey alive for a test run, as a process of its own.

Started by tests/conftest.py with a pipe on standard input: when the pipe closes, for whatever reason (pytest ended,
crashed or was killed), both servers are stopped within bounds and their folder is removed.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from project import embedded

START_LIMIT_S = 60
STOP_LIMIT_S = 10


def service_user() -> embedded.ServiceUser | None:
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return embedded.ServiceUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def wait_until(ready, what: str) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while not ready():
        if time.monotonic() > deadline:
            raise SystemExit(f"{what} did not start within {START_LIMIT_S} s")
        time.sleep(0.05)


def start(folder: Path) -> list[tuple[subprocess.Popen[bytes], int]]:
    owner = service_user()
    home = embedded.reachable_postgres_home(owner)
    sockets = folder / "run"
    embedded.make_private_dir(sockets, owner)
    embedded.init_postgres(folder / "postgres", home=home, owner=owner)
    log = (folder / "servers.log").open("ab")
    options = {
        "stdin": subprocess.DEVNULL, "stdout": log, "stderr": log, "cwd": "/", "start_new_session": True,
        "env": embedded.plain_environment(folder),
    } | embedded.run_as(owner)  # fmt: skip
    postgres = embedded.postgres_command(folder / "postgres", sockets, home=home, throw_away=True)
    children = [
        (subprocess.Popen(postgres, **options), signal.SIGINT),
        (subprocess.Popen(embedded.valkey_command(sockets), **options), signal.SIGTERM),
    ]
    wait_until(lambda: embedded.is_postgres_ready(sockets, home=home), "the bundled Postgres")
    wait_until(lambda: embedded.is_valkey_ready(sockets), "the bundled Valkey")
    embedded.create_database(sockets, embedded.DATABASE, home=home, owner=owner)
    return children


def stop(children: list[tuple[subprocess.Popen[bytes], int]]) -> None:
    for child, polite in children:
        child.send_signal(polite)
    deadline = time.monotonic() + STOP_LIMIT_S
    for child, _ in children:
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def main() -> None:
    folder = Path(sys.argv[1])
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # Ctrl-C reaches the whole group; only the closing pipe ends this
    children: list[tuple[subprocess.Popen[bytes], int]] = []
    try:
        children = start(folder)
        print("ready", flush=True)
        sys.stdin.read()
    finally:
        stop(children)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
