#!/usr/bin/env python3
"""Matinee's one command. Everything up to `main` needs nothing but Python's standard library.

`manage.py up` on a bare machine makes `.venv` from the lock file and starts itself again inside it.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = Path(os.environ.get("MATINEE_VENV") or ROOT / ".venv")
LOW, HIGH = (3, 11), (3, 14)  # libtorrent has wheels for these
STAMP = VENV / ".matinee-lock"
SERVICE_HOME = "/var/lib/matinee"


def fail(sentence: str) -> None:
    raise SystemExit(f"matinee: {sentence}")


def say(step: str, since: float) -> None:
    print(f"  {step:<46} {time.monotonic() - since:6.1f} s", flush=True)


def read_env_file(path: Path) -> None:
    """Set NAME=value lines of ``path`` in the environment; what is set already wins."""
    if not path.is_file() or not os.access(path, os.R_OK):
        return
    for line in path.read_text().splitlines():
        name, found, value = line.strip().partition("=")
        if found and not name.startswith("#"):
            os.environ.setdefault(name.strip(), value.partition(" #")[0].strip().strip("'\""))


def set_folders() -> Path:
    """Set DATA_DIR and MEDIA_ROOT to full paths. Root's default is the service user's home, which it can reach."""
    given = os.environ.get("DATA_DIR")
    home = Path(SERVICE_HOME if os.geteuid() == 0 else "~").expanduser()
    data = Path(given).expanduser().resolve() if given else home / ".local/share/matinee"
    media = os.environ.get("MEDIA_ROOT") or (data / "media" if given else ROOT / "media")
    os.environ.update(DATA_DIR=str(data), MEDIA_ROOT=str(Path(media).expanduser().resolve()))
    return data


def lock_digest() -> str:
    parts = [(ROOT / name).read_bytes() for name in ("uv.lock", "pyproject.toml")]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def wanted_python() -> str:
    """The interpreter for `.venv`. Root prefers the system's: a service user cannot enter one under /root."""
    mine = sys.executable if LOW <= sys.version_info[:2] < HIGH else ""
    if os.geteuid() == 0 or not mine:
        for minor in range(HIGH[1] - 1, LOW[1] - 1, -1):
            for folder in ("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"):
                candidate = Path(folder) / f"python3.{minor}"
                if candidate.exists() and not str(candidate.resolve()).startswith("/root/"):
                    return str(candidate)
    if not mine:
        fail(f"Python 3.11, 3.12 or 3.13 is needed; this is {sys.version.split()[0]}.")
    return mine


def run(command: list[str], doing: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        tail = "\n".join((done.stderr or done.stdout).strip().splitlines()[-15:])
        fail(f"{doing} failed (`{' '.join(command)}`):\n{tail}")


def find_uv(scratch: Path) -> str:
    """uv from the PATH, else from PyPI into a throw-away venv of the Python that runs this."""
    if found := shutil.which("uv"):
        return found
    run([sys.executable, "-m", "venv", str(scratch)], "making a venv (on Debian: apt install python3-venv)")
    run([str(scratch / "bin/python"), "-m", "pip", "install", "--quiet", "uv"], "installing uv")
    return str(scratch / "bin/uv")


def make_venv(*, dev: bool) -> None:
    """Bring `.venv` to what uv.lock says; a stamp makes the next start skip this."""
    digest = lock_digest()
    had_digest, _, had_kind = STAMP.read_text().partition(" ") if STAMP.exists() else ("", "", "")
    dev = dev or had_kind == "dev"  # has all extras
    has_bucket = os.environ.get("MEDIA_STORE") == "s3"
    kind = "dev" if dev else "run-s3" if has_bucket else "run"
    if had_digest == digest and had_kind == kind:
        return
    if not os.access(ROOT, os.W_OK):
        fail(f"{ROOT} is not writable for you; clone Matinee into a folder of your own.")
    began = time.monotonic()
    os.environ["UV_PROJECT_ENVIRONMENT"] = str(VENV)
    with tempfile.TemporaryDirectory(prefix="matinee-uv-") as scratch:
        uv = find_uv(Path(scratch))
        if not (VENV / "bin/python").exists():
            run([uv, "venv", "--quiet", "--python", wanted_python(), str(VENV)], "making .venv")
        # Compiled now: the service user cannot write beside the packages, and every later start would pay again.
        sync = [uv, "sync", "--quiet", "--frozen", "--compile-bytecode", *([] if dev else ["--no-dev"])]
        run([*sync, *(["--extra", "s3"] if has_bucket else [])], "installing the locked packages")
    STAMP.write_text(f"{digest} {kind}")
    say("Python packages", began)


def enter_venv() -> None:
    if Path(sys.prefix).resolve() != VENV.resolve():
        python = str(VENV / "bin/python")
        os.execv(python, [python, str(ROOT / "manage.py"), *sys.argv[1:]])  # noqa: S606 - the same program, in .venv


def main() -> None:
    os.chdir(ROOT)
    read_env_file(ROOT / ".env")
    data = set_folders()
    if sys.argv[1:2] in (["up"], ["venv"]):
        make_venv(dev="--dev" in sys.argv)
        if sys.argv[1] == "venv":
            return
    if not (VENV / "bin/python").exists():
        fail("there is no .venv yet; run `make run` first.")
    enter_venv()
    if sys.argv[1:2] == ["up"]:
        from project.supervisor.main import up

        raise SystemExit(up())
    for name in ("secrets.env", "addresses.env"):
        read_env_file(data / name)
    from project.supervisor.privileges import follow_owner

    follow_owner(data, Path(os.environ["MEDIA_ROOT"]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
