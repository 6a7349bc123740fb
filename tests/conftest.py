"""Environment and servers of the test run.

Without DATABASE_URL or REDIS_URL, one embedded Postgres and one Valkey serve the whole run (shared by xdist workers,
each with its own database). The settings read the environment once, so it is set here at import and the settings are
loaded right after; pyproject.toml names no settings module, or pytest-django would load them before this.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import django
from hypothesis import settings as hypothesis_settings

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "tests"))

IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ
RUN_DIR_VARIABLE = "MATINEE_TEST_RUN_DIR"
PURE = ("tests/domain", "tests/contract", "tests/test_architecture.py")


def set_environment() -> None:
    if not IS_WORKER:
        folder = Path(tempfile.mkdtemp(prefix="matinee-test-"))
        folder.chmod(0o711)  # the database runs as another user when root runs the tests
        os.environ[RUN_DIR_VARIABLE] = str(folder)
    folder = Path(os.environ[RUN_DIR_VARIABLE])
    own = folder / os.environ.get("PYTEST_XDIST_WORKER", "main")
    own.mkdir(exist_ok=True)
    os.environ["DATA_DIR"] = str(own)
    os.environ["MEDIA_ROOT"] = str(own / "media")
    (own / "media").mkdir(exist_ok=True)
    fixed = {
        "SECRET_KEY": "test-only-secret-key-" + "x" * 40,
        "MATINEE_DEMO": "0",
        "MATINEE_ALLOW_LOOPBACK_PEERS": "1",
        "MEDIA_QUOTA_GB": "200",
        "MEDIA_FLOOR_MB": "1",  # a nearly full disk of the machine is no fault of the code
        "SITE_URL": "http://localhost:8000",
        "DJANGO_SETTINGS_MODULE": "project.settings",
    }
    os.environ.update(fixed)
    for name in ("SMTP_HOST", "TMDB_API_KEY", "DEBUG", "ALLOWED_HOSTS", "SOCKET_ORIGINS"):
        os.environ.pop(name, None)
    from project import embedded

    for name, value in embedded.settings_from(os.environ, folder).items():
        os.environ[name] = value
    if IS_WORKER and os.environ["REDIS_URL"].startswith(f"unix://{folder}"):
        number = int("".join(filter(str.isdigit, os.environ["PYTEST_XDIST_WORKER"]))) + 1
        os.environ["REDIS_URL"] = f"{os.environ['REDIS_URL'].split('?')[0]}?db={number}"


NEEDS_SERVERS = not IS_WORKER and not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"))
set_environment()
django.setup()
hypothesis_settings.register_profile("house", deadline=None)  # a busy machine is no fault of the code
hypothesis_settings.load_profile("house")
_keepers: "list[subprocess.Popen[str]]" = []


def is_pure(arguments: list[str]) -> bool:
    """Whether only tests without a database were asked for."""
    paths = [str((Path.cwd() / part.split("::")[0]).resolve().relative_to(ROOT)) for part in arguments if "/" in part]
    return bool(paths) and all(path.startswith(PURE) for path in paths)


def pytest_configure(config) -> None:
    if not NEEDS_SERVERS or config.option.collectonly or is_pure(config.args):
        return
    folder = os.environ[RUN_DIR_VARIABLE]
    keeper = subprocess.Popen(
        [sys.executable, str(ROOT / "tests/embedded_pair.py"), f"{folder}/."],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    _keepers.append(keeper)
    if keeper.stdout.readline().strip() != "ready":
        raise SystemExit("The embedded Postgres and Valkey did not start; see the lines above.")


def pytest_sessionstart() -> None:
    """What fails is tried again at once: tests wait for nothing."""
    from apps.streaming.services import leases

    leases.RETRY_WAIT = timedelta(0)


def pytest_unconfigure(config) -> None:
    if IS_WORKER:
        return
    for keeper in _keepers:
        keeper.stdin.close()
        try:
            keeper.wait(30)
        except subprocess.TimeoutExpired:
            keeper.kill()
    shutil.rmtree(os.environ[RUN_DIR_VARIABLE], ignore_errors=True)
