"""The bundled Postgres and Valkey, for real: made whole or not at all, closed to strangers, unharmed by kill -9."""

import os
import pwd
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from project import embedded
from tests.product import open_folder, wait_for


@pytest.fixture
def owner() -> embedded.ServiceUser | None:
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return embedded.ServiceUser("nobody", nobody.pw_uid, nobody.pw_gid)


@pytest.fixture
def home(owner) -> Path:
    return embedded.reachable_postgres_home(owner)


@pytest.fixture
def folder(owner) -> Iterator[Path]:
    with open_folder("matinee-embedded-") as path:
        embedded.make_private_dir(path / "run", owner)
        embedded.make_private_dir(path / "data", owner)
        yield path


class Servers:
    """Starts processes and ends them all, whatever the test did."""

    def __init__(self, folder: Path, home: Path, owner: embedded.ServiceUser | None) -> None:
        self.folder, self.home, self.owner = folder, home, owner
        self.running: list[subprocess.Popen[bytes]] = []

    def spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        log = (self.folder / "log").open("ab")
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", **embedded.run_as(self.owner))
        self.running.append(process)
        return process

    def postgres(self) -> subprocess.Popen[bytes]:
        data, sockets = self.folder / "data/pg", self.folder / "run"
        embedded.init_postgres(data, home=self.home, owner=self.owner)
        process = self.spawn(embedded.postgres_command(data, sockets, home=self.home))
        wait_for("Postgres", lambda: embedded.is_postgres_ready(sockets, home=self.home), limit_s=30, every_s=0.05)
        return process

    def end(self) -> None:
        for process in self.running:
            process.send_signal(signal.SIGKILL)
            process.wait()


@pytest.fixture
def servers(folder, home, owner) -> Iterator[Servers]:
    found = Servers(folder, home, owner)
    yield found
    found.end()


def connect(folder: Path) -> psycopg.Connection:
    return psycopg.connect(f"host={folder / 'run'} user={embedded.DATABASE} dbname=postgres", autocommit=True)


def test_postgres_is_version_18_in_utf_8_with_checksums(servers, folder) -> None:
    servers.postgres()
    with connect(folder) as connection:
        shown = {
            name: connection.execute(f"SHOW {name}").fetchone()[0]
            for name in ("server_version_num", "server_encoding", "data_checksums", "listen_addresses")
        }
        lowered = connection.execute("SELECT lower('ÄÉŁ')").fetchone()[0]
    assert int(shown.pop("server_version_num")) // 10_000 == 18
    assert shown == {"server_encoding": "UTF8", "data_checksums": "on", "listen_addresses": ""}
    assert lowered == "äéł"


def test_acknowledged_rows_survive_kill_9(servers, folder) -> None:
    first = servers.postgres()
    with connect(folder) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        for number in range(50):
            connection.execute("INSERT INTO kept VALUES (%s)", [number])
        first.send_signal(signal.SIGKILL)
        first.wait()
    time.sleep(0.5)  # the old backends notice the death of their parent
    servers.postgres()
    with connect(folder) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone()[0] == 50


def test_a_half_made_database_folder_is_made_anew(folder, home, owner) -> None:
    side = folder / "data/pg.new"
    side.mkdir()
    (side / "PG_VERSION").write_text("half made")
    assert embedded.init_postgres(folder / "data/pg", home=home, owner=owner)
    assert not side.exists()
    assert (folder / "data/pg/PG_VERSION").read_text().strip() == "18"


def test_making_the_database_folder_twice_keeps_it(folder, home, owner) -> None:
    assert embedded.init_postgres(folder / "data/pg", home=home, owner=owner)
    assert not embedded.init_postgres(folder / "data/pg", home=home, owner=owner)


def test_creating_a_database_twice_is_the_same_as_once(servers, folder, home, owner) -> None:
    servers.postgres()
    for _ in range(2):
        embedded.create_database(folder / "run", "films", home=home, owner=owner)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can try as somebody else")
def test_charlie_is_refused_by_the_database(servers, folder, home) -> None:
    servers.postgres()
    charlie = pwd.getpwnam("daemon")
    command = [home / "bin/psql", "-h", folder / "run", "-U", embedded.DATABASE, "-c", "SELECT 1", "postgres"]
    as_charlie = embedded.run_as(embedded.ServiceUser("charlie", charlie.pw_uid, charlie.pw_gid))
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", **as_charlie)
    assert done.returncode != 0
    assert "Permission denied" in done.stderr


def test_valkey_answers_on_its_socket_and_nowhere_else(servers, folder) -> None:
    servers.spawn(embedded.valkey_command(folder / "run"))
    wait_for("Valkey", lambda: embedded.is_valkey_ready(folder / "run"), limit_s=10, every_s=0.05)
    client = redis.Redis(unix_socket_path=str(folder / "run/valkey.sock"))
    assert client.config_get("port") == {"port": "0"}
    assert client.config_get("save") == {"save": ""}
    client.close()


def test_a_long_data_folder_gets_short_socket_paths() -> None:
    deep = Path("/srv") / ("a" * 60) / ("b" * 60)
    sockets = embedded.socket_dir(deep)
    assert len(str(sockets / embedded.POSTGRES_SOCKET)) <= embedded.SOCKET_PATH_MAX_BYTES
    assert sockets != embedded.socket_dir(deep / "other")
    assert embedded.socket_dir(Path("/srv/matinee")) == Path("/srv/matinee/run")


def test_a_user_cannot_enter_what_lies_behind_a_private_folder(tmp_path) -> None:
    door = tmp_path / "private"
    door.mkdir()
    (door / "file").touch()
    stranger = embedded.ServiceUser("stranger", 65_533, 65_533)
    door.chmod(0o700)
    assert not embedded.can_enter(door / "file", stranger)
