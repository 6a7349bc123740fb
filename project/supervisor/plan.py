"""What this run is: folders, addresses, who runs what. Decided once, then read only."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

from project import embedded
from project.embedded import ServiceUser

ROOT = Path(__file__).resolve().parent.parent.parent
RUN_MARK = "MATINEE_RUN"  # in the environment of every process of a run; the watchdog finds strays by it


@dataclass(frozen=True)
class Plan:
    """``server_user`` runs Postgres and Valkey when root cannot hand over everything; None: the same user as us."""

    data_dir: Path
    media_root: Path
    host: str
    port: int
    server_user: ServiceUser | None
    database_dir: Path
    sockets: Path
    own_database: bool
    own_broker: bool
    wants_demo: bool

    @property
    def logs(self) -> Path:
        return self.data_dir / "logs"

    @property
    def local_url(self) -> str:
        host = "localhost" if self.host in {"0.0.0.0", "::", "", "127.0.0.1"} else self.host  # noqa: S104 - compared
        return f"http://{host}:{self.port}"


def make_plan(*, data_dir: Path, server_user: ServiceUser | None) -> Plan:
    """Read the environment. Raises SystemExit with one sentence when a value cannot be used."""
    raw_port = os.environ.get("PORT") or "8000"
    if not raw_port.isdigit() or not 1 <= int(raw_port) <= 65535:
        raise SystemExit(f"matinee: PORT={raw_port!r} must be a number from 1 to 65535.")
    reaches_data = server_user is None or embedded.can_enter(data_dir.parent, server_user)
    home = data_dir if reaches_data else _servers_home(data_dir)
    return Plan(
        data_dir=data_dir,
        media_root=Path(os.environ["MEDIA_ROOT"]).expanduser().resolve(),
        host=os.environ.get("HOST") or "0.0.0.0",  # noqa: S104 - a home server answers its LAN
        port=int(raw_port),
        server_user=server_user,
        database_dir=home / "postgres",
        sockets=embedded.socket_dir(home),
        own_database=not os.environ.get("DATABASE_URL"),
        own_broker=not os.environ.get("REDIS_URL"),
        wants_demo=(os.environ.get("MATINEE_DEMO") or "1").lower() in {"1", "true", "yes", "on"},
    )


def _servers_home(data_dir: Path) -> Path:
    """Where the servers' user keeps its data when it cannot enter the folder above ``data_dir``."""
    return Path("/var/lib/matinee") / "servers" / data_dir.as_posix().strip("/").replace("/", "-")


def child_environment(plan: Plan, secrets: dict[str, str]) -> dict[str, str]:
    """The environment of every process of ours, addresses and secrets included."""
    urls = {
        "DATABASE_URL": os.environ.get("DATABASE_URL") or embedded.database_url(plan.sockets),
        "REDIS_URL": os.environ.get("REDIS_URL") or embedded.redis_url(plan.sockets),
    }
    return {
        **os.environ,
        **secrets,
        **urls,
        "DATA_DIR": str(plan.data_dir),
        "MEDIA_ROOT": str(plan.media_root),
        "HOST": plan.host,
        "PORT": str(plan.port),
        "DJANGO_SETTINGS_MODULE": "project.settings",
        "PYTHONUNBUFFERED": "1",
        "CELERY_SKIP_CHECKS": "1",  # done once by prepare; each worker would load the whole API to do them again
        RUN_MARK: str(plan.data_dir),
    }


def is_linux() -> bool:
    return platform.system() == "Linux"
