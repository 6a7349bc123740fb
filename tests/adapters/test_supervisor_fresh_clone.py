"""A fresh clone, started by the README's command: as an ordinary user, as root, and with servers of one's own."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from project import embedded
from tests.product import Product, free_port, is_alive, open_folder, wait_for

ROOT = Path(__file__).resolve().parent.parent.parent
IS_ROOT = os.geteuid() == 0
FRESH_LIMIT_S = 900  # packages from the registries, the build, the start
STRANGER = pwd.getpwnam("nobody")


def reachable_python() -> str | None:
    """A Python that every user of this machine may run."""
    if not IS_ROOT:
        return sys.executable
    found = (shutil.which(f"python3.{minor}", path="/usr/local/bin:/usr/bin:/bin") for minor in (13, 12, 11))
    return next(filter(None, found), None)


PYTHON = reachable_python()
pytestmark = [
    pytest.mark.skipif(PYTHON is None, reason="needs a Python 3.11 to 3.13 outside of /root"),
    pytest.mark.timeout(FRESH_LIMIT_S + 300),
]


@pytest.fixture(scope="module")
def clone() -> Iterator[Path]:
    """Made and owned by an ordinary user."""
    with open_folder("matinee-clone-") as folder:
        home = folder / "home"
        home.mkdir()
        subprocess.run(["git", "clone", "-q", str(ROOT), str(home / "matinee")], check=True)
        if IS_ROOT:
            subprocess.run(["chown", "-R", f"{STRANGER.pw_uid}:{STRANGER.pw_gid}", str(home)], check=True)
        yield home / "matinee"


def start(clone: Path, data_dir: Path, *, user: int | None, **more: str) -> Product:
    """`manage.py up` in the clone with the environment of a new shell; returns at /readyz 200."""
    server = Product(data_dir, root=clone)
    kept = {name: os.environ[name] for name in os.environ if name.startswith(("UV_", "PIP_", "SSL_", "NODE_EXTRA"))}
    env = kept | {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": "/root" if user is None and IS_ROOT else str(clone.parent),
        "DATA_DIR": str(data_dir),
        "PORT": str(server.port),
        "HOST": "127.0.0.1",
        "MATINEE_DEMO": "0",
    }
    began = time.monotonic()
    with server.log_file.open("ab") as log:
        server.process = subprocess.Popen(
            [PYTHON, "manage.py", "up"],
            cwd=clone,
            env=env | more,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **({"user": user, "group": STRANGER.pw_gid, "extra_groups": []} if user is not None else {}),
        )
    wait_for("/readyz 200", server.is_ready, limit_s=FRESH_LIMIT_S, every_s=0.5)
    ready_s = time.monotonic() - began
    wait_for("the welcome", lambda: "Matinee is up" in server.log, limit_s=120)
    print(f"{data_dir}: {ready_s:.1f} s to /readyz 200\n{server.log}")
    return server


def owners(server: Product) -> set[int]:
    """Of all its processes. One that ended since it was listed, as a helper of Postgres does, has no owner any more."""
    found = set()
    for pid in server.processes():
        with suppress(FileNotFoundError):
            found.add(Path(f"/proc/{pid}").stat().st_uid)
    return found


def stop_and_look(server: Product) -> None:
    """Ctrl-C; nothing of the run may be left."""
    family = list(server.processes())
    server.stop()
    assert not [pid for pid in family if is_alive(pid)]
    assert "Everything stopped" in server.log


def test_an_ordinary_user_starts_it_with_one_command_and_stops_it_with_ctrl_c(clone) -> None:
    data = clone.parent / "data"
    user = STRANGER.pw_uid if IS_ROOT else None
    server = start(clone, data, user=user)
    try:
        assert owners(server) == {user if user is not None else os.geteuid()}
        for step in ("Python packages", "Postgres", "Valkey", "Web (daphne)", "Torrent engine", "Clock (beat)"):
            assert step in server.log
    finally:
        stop_and_look(server)


@pytest.mark.skipif(not IS_ROOT, reason="needs root")
def test_root_steps_down_to_the_service_user(clone) -> None:
    with open_folder("matinee-as-root-") as folder:
        server = start(clone, folder / "data", user=None)
        try:
            assert {pwd.getpwuid(owner).pw_name for owner in owners(server)} == {"matinee"}
            assert (folder / "data").stat().st_uid == pwd.getpwnam("matinee").pw_uid
            assert folder.stat().st_uid == 0
        finally:
            stop_and_look(server)


@pytest.fixture
def own_servers() -> Iterator[dict[str, str]]:
    """A Postgres and a Valkey on loopback ports, as somebody might run them already."""
    owner = embedded.ServiceUser("nobody", STRANGER.pw_uid, STRANGER.pw_gid) if IS_ROOT else None
    home = embedded.reachable_postgres_home(owner)
    postgres_port, valkey_port = free_port(), free_port()
    running = []
    with open_folder("matinee-own-servers-") as folder:
        embedded.make_private_dir(folder / "own", owner)
        data = folder / "own/pg"
        embedded.init_postgres(data, home=home, owner=owner)
        (data / "pg_hba.conf").write_text("host all all 127.0.0.1/32 trust\n")
        command = embedded.postgres_command(data, folder / "own", home=home)
        command += ["-c", "listen_addresses=127.0.0.1", "-c", f"port={postgres_port}"]
        valkey = [str(embedded.valkey_server()), "--port", str(valkey_port), "--bind", "127.0.0.1", "--save", ""]
        try:
            for arguments in (command, valkey):
                log = (folder / "own/log").open("ab")
                running.append(subprocess.Popen(arguments, stdout=log, stderr=log, cwd="/", **embedded.run_as(owner)))
            make_database(postgres_port)
            yield {
                "DATABASE_URL": f"postgresql://{embedded.DATABASE}@127.0.0.1:{postgres_port}/films",
                "REDIS_URL": f"redis://127.0.0.1:{valkey_port}/0",
            }
        finally:
            for process in running:
                process.send_signal(signal.SIGINT)
            for process in running:
                process.wait(20)


def make_database(port: int) -> None:
    def make() -> bool:
        with (
            suppress(psycopg.OperationalError),
            psycopg.connect(
                f"host=127.0.0.1 port={port} user={embedded.DATABASE} dbname=postgres", autocommit=True
            ) as connection,
        ):
            connection.execute("CREATE DATABASE films")
            return True
        return False

    wait_for("a Postgres of one's own", make, limit_s=30)


def test_servers_of_ones_own_replace_the_bundled_ones(own_servers) -> None:
    with open_folder("matinee-external-") as folder:
        server = Product(folder / "data", env=own_servers)
        server.start()
        try:
            assert not server.pids(r"bin/postgres -D|valkey-server")
            with psycopg.connect(own_servers["DATABASE_URL"]) as connection:
                assert connection.execute("SELECT count(*) FROM django_migrations").fetchone()[0] > 0
        finally:
            stop_and_look(server)
