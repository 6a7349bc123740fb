"""`manage.py up` with all its real processes: starts, heals each of them, and leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.product import OWN_SETTINGS, PASSWORD, ROOT, Person, Product, is_alive, open_folder, wait_for

CHILDREN = {
    "web": r"-m daphne",
    "torrentd": r"manage\.py torrentd",
    "worker": r"worker -n default@",
    "mail": r"worker -n mail@",
    "transcode": r"worker -n transcode@",
    "beat": r"project beat",
    "valkey": r"valkey-server",
    "postgres": r"bin/postgres -D",
}
GONE_LIMIT_S = 25
HEAL_LIMIT_S = 60


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    with open_folder("matinee-supervisor-") as folder:
        server = Product(folder / "data")
        began = time.monotonic()
        server.start()
        print(f"first start: {time.monotonic() - began:.1f} s to /readyz 200")
        yield server
        server.stop()


def one_pid(product: Product, pattern: str) -> int | None:
    """The oldest process of that pattern (Postgres has more than one)."""
    found = product.pids(pattern)
    return min(found) if found else None


def is_healthy(product: Product) -> bool:
    with suppress(httpx.TransportError):
        return httpx.get(f"{product.url}/readyz", timeout=5).status_code == 200
    return False


def wait_until_whole(product: Product) -> dict[str, int]:
    wait_for("every child to run", lambda: all(one_pid(product, p) for p in CHILDREN.values()), limit_s=HEAL_LIMIT_S)
    wait_for("/readyz", lambda: is_healthy(product), limit_s=HEAL_LIMIT_S)
    return {name: one_pid(product, pattern) or 0 for name, pattern in CHILDREN.items()}


@pytest.mark.parametrize("name", CHILDREN)
def test_a_killed_process_comes_back_and_the_others_stay(product, name) -> None:
    before = wait_until_whole(product)
    began = time.monotonic()
    os.kill(before[name], signal.SIGKILL)
    wait_for("the death", lambda: not is_alive(before[name]), limit_s=5, every_s=0.02)
    after = wait_until_whole(product)
    print(f"{name} healed in {time.monotonic() - began:.2f} s")
    assert after.pop(name) != before.pop(name)
    assert after == before


def test_a_killed_watchdog_comes_back(product) -> None:
    pattern = r"supervisor/watchdog\.py"
    old = one_pid(product, pattern)
    os.kill(old, signal.SIGKILL)
    wait_for("a new watchdog", lambda: (one_pid(product, pattern) or old) != old, limit_s=10)


def test_a_second_start_says_where_the_first_one_runs(product) -> None:
    env = os.environ | {"DATA_DIR": str(product.data_dir), "PORT": str(product.port), "HOST": "127.0.0.1"}
    done = run_up(env)
    assert done.returncode != 0
    assert f"already running at {product.url}" in done.stderr


def test_a_taken_port_is_named() -> None:
    with open_folder("matinee-port-") as folder, socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run_up(os.environ | {"DATA_DIR": str(folder / "data"), "PORT": port, "HOST": "127.0.0.1"})
    assert done.returncode != 0
    assert f"port {port} is taken" in done.stderr


def test_a_port_that_is_no_number_is_named() -> None:
    with open_folder("matinee-port-") as folder:
        done = run_up(os.environ | {"DATA_DIR": str(folder / "data"), "PORT": "eight"})
    assert done.returncode != 0
    assert "PORT='eight'" in done.stderr


def run_up(env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in env.items() if name not in OWN_SETTINGS}
    return subprocess.run(
        [sys.executable, "manage.py", "up"],
        cwd=Path(__file__).resolve().parent.parent.parent,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_secrets_and_data_are_private(product) -> None:
    modes = {name: (product.data_dir / name).stat().st_mode & 0o777 for name in (".", "secrets.env", "addresses.env")}
    assert modes == {".": 0o700, "secrets.env": 0o600, "addresses.env": 0o600}


def test_the_first_operator_is_still_there_after_ctrl_c_and_a_second_start(product) -> None:
    olivia = Person.operator(product)
    product.stop()
    began = time.monotonic()
    product.start()
    print(f"second start: {time.monotonic() - began:.1f} s to /readyz 200")
    answer = httpx.post(f"{product.url}/api/v1/auth/login", json={"email": olivia.email, "password": PASSWORD})
    assert answer.status_code == 200


def test_kill_9_of_the_supervisor_leaves_no_process_and_the_next_start_works(product) -> None:
    family = [pid for pid in product.processes() if is_alive(pid)]
    assert len(family) > len(CHILDREN)
    product.process.kill()
    product.process.wait()
    product.process = None
    wait_for("all to be gone", lambda: not [pid for pid in family if is_alive(pid)], limit_s=GONE_LIMIT_S)
    assert processes_of(product.data_dir) == []
    product.start()
    assert is_healthy(product)


def test_sigterm_stops_everything_in_order(product) -> None:
    family = list(product.processes())
    product.process.terminate()
    assert product.process.wait(60) == 0
    product.process = None
    assert not [pid for pid in family if is_alive(pid)]
    assert processes_of(product.data_dir) == []
    assert "database system is shut down" in (product.data_dir / "logs/postgres.log").read_text()[-2000:]


def processes_of(data_dir: Path) -> list[str]:
    """Command lines of processes that carry this run's mark or name its folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (entry / "cmdline").read_bytes()
            environment = (entry / "environ").read_bytes()
            if f"MATINEE_RUN={data_dir}".encode() in environment or f"{data_dir}/".encode() in command:
                found.append(command.replace(b"\0", b" ").decode(errors="replace"))
    return found


def test_a_killed_make_takes_everything_with_it() -> None:
    with open_folder("matinee-make-") as folder:
        server = Product(folder / "data")
        env = os.environ | {"DATA_DIR": str(server.data_dir), "PORT": str(server.port), "HOST": "127.0.0.1"}
        env = {name: value for name, value in env.items() if name not in OWN_SETTINGS}
        command = ["make", "--no-print-directory", "run", f"PYTHON={sys.executable}"]
        with server.log_file.open("ab") as log:
            make = subprocess.Popen(command, cwd=server.root, env=env, stdout=log, stderr=log, start_new_session=True)
        wait_for("/readyz", lambda: is_healthy(server), limit_s=120)
        make.kill()
        make.wait()
        wait_for("all to be gone", lambda: processes_of(server.data_dir) == [], limit_s=GONE_LIMIT_S)


@pytest.mark.parametrize("name", ["DATA_DIR", "MEDIA_ROOT"])
def test_a_folder_that_holds_other_things_is_left_alone(name: str) -> None:
    if os.geteuid() != 0 and name == "MEDIA_ROOT":
        pytest.skip("only root would give the folder away")
    with open_folder("matinee-stranger-") as folder:
        (folder / "holiday.jpg").write_bytes(b"mine")
        (folder / "data").mkdir()
        before = folder.stat()
        own = {"DATA_DIR": str(folder / "data"), "MATINEE_DEMO": "0", name: str(folder)}
        env = {key: value for key, value in os.environ.items() if key not in {"MEDIA_ROOT", "DATABASE_URL"}} | own
        done = subprocess.run(
            [sys.executable, "manage.py", "up"], cwd=ROOT, env=env, capture_output=True, text=True, timeout=240
        )
        assert done.returncode != 0
        assert "holds other things (" in done.stderr
        after = folder.stat()
        assert (after.st_mode, after.st_uid) == (before.st_mode, before.st_uid)
