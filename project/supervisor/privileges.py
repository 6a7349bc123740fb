"""Root steps down: everything runs as the service user, or, when that user cannot reach Python or the checkout, at
least the servers do (Postgres refuses root). Parents of DATA_DIR are never changed.
"""

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from project import embedded
from project.embedded import ServiceUser
from project.supervisor import console, lock
from project.supervisor.plan import ROOT

SERVICE_USER = "matinee"
HOME = Path("/var/lib/matinee")
FIRST_OPEN_PORT = 1024
MEDIA_FOLDERS = {"README.md", "torrents", "streaming", "artwork"}  # media/README.md says who writes what


def service_user() -> ServiceUser:
    """The account `matinee`, made when missing; `nobody` where no account can be made."""
    name = SERVICE_USER if _exists(SERVICE_USER) or _create() else "nobody"
    entry = pwd.getpwnam(name)
    return ServiceUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _exists(name: str) -> bool:
    return any(entry.pw_name == name for entry in pwd.getpwall())


def _create() -> bool:
    tool = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if tool is None:
        return False
    command = [
        tool,
        "--system",
        "--user-group",
        "--home-dir",
        str(HOME),
        "--create-home",
        "--shell",
        "/usr/sbin/nologin",
    ]
    done = subprocess.run([*command, SERVICE_USER], capture_output=True, text=True, check=False)
    return done.returncode == 0 or _exists(SERVICE_USER)


def obstacle(user: ServiceUser, data_dir: Path, media_root: Path) -> Path | None:
    """The first thing that ``user`` needs and cannot reach."""
    python = Path(sys.executable).resolve()
    needed = [
        python,
        Path(os.__file__),
        Path(sys.prefix),
        ROOT / "manage.py",
        ROOT / "project",
        *_above(data_dir, media_root),
    ]
    return next((path for path in needed if not embedded.can_enter(path, user)), None)


def _above(*folders: Path) -> Iterator[Path]:
    for folder in folders:
        yield next(parent for parent in folder.parents if parent.exists())


def refuse_a_strangers_folder(data_dir: Path, media_root: Path, *, is_root: bool) -> None:
    """`DATA_DIR=/tmp` by mistake must not close /tmp, nor give it away. Raises SystemExit with what to do."""
    held = _names(data_dir)
    if held and lock.LOCK_FILE not in held and held != {media_root.name}:
        raise SystemExit(f"matinee: DATA_DIR={data_dir} holds other things ({min(held)}); give a folder of its own.")
    strange = _names(media_root) - MEDIA_FOLDERS
    if is_root and strange:
        raise SystemExit(f"matinee: MEDIA_ROOT={media_root} holds other things ({min(strange)}); give its own folder.")


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def hand_over(folder: Path, user: ServiceUser) -> None:
    """Give ``folder`` and all in it to ``user``; links are changed, not followed."""
    for path in [folder, *folder.rglob("*")]:
        if path.lstat().st_uid != user.uid:
            os.chown(path, user.uid, user.gid, follow_symlinks=False)


def step_down(user: ServiceUser) -> None:
    """Become ``user`` for good."""
    os.setgroups([])
    os.setgid(user.gid)
    os.setuid(user.uid)
    os.environ.update(HOME=pwd.getpwuid(user.uid).pw_dir, USER=user.name, LOGNAME=user.name)


def settle(data_dir: Path, media_root: Path) -> ServiceUser | None:
    """Make both folders; when root, step down or give the user that the servers must run as."""
    refuse_a_strangers_folder(data_dir, media_root, is_root=os.geteuid() == 0)
    user = service_user() if os.geteuid() == 0 else None
    blocked = obstacle(user, data_dir, media_root) if user else None
    embedded.make_private_dir(data_dir, user)
    media_root.mkdir(parents=True, exist_ok=True)
    if user is None:
        return None
    if blocked is not None:
        console.say(
            f"{user.name} cannot reach {blocked}: only Postgres and Valkey run as {user.name}, the rest as root"
        )
        return user
    port = os.environ.get("PORT", "")
    if port.isdigit() and int(port) < FIRST_OPEN_PORT:
        raise SystemExit(
            "matinee: a PORT below 1024 needs root, which Matinee gives up; use 8000 and a proxy in front."
        )
    hand_over(data_dir, user)
    hand_over(media_root, user)
    step_down(user)
    return None


def follow_owner(data_dir: Path, media_root: Path) -> None:
    """A command typed by root becomes the user whose data it touches, or its files would lock that user out."""
    if os.geteuid() != 0 or not data_dir.exists() or data_dir.stat().st_uid == 0:
        return
    info = data_dir.stat()
    user = ServiceUser(pwd.getpwuid(info.st_uid).pw_name, info.st_uid, info.st_gid)
    if obstacle(user, data_dir, media_root) is None:
        step_down(user)
