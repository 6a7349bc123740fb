"""What only this server knows: made once, kept 0600 in DATA_DIR, given to every process by its environment."""

import os
import secrets
from pathlib import Path

SECRETS_FILE = "secrets.env"
ADDRESSES_FILE = "addresses.env"  # so that `manage.py ...` typed by hand meets the same servers


def load_or_make(data_dir: Path) -> dict[str, str]:
    if os.environ.get("SECRET_KEY"):
        return {}
    path = data_dir / SECRETS_FILE
    if not path.exists():
        write_private(path, {"SECRET_KEY": secrets.token_urlsafe(48)})
    pairs = (line.partition("=") for line in path.read_text().splitlines() if "=" in line)
    return {name: value for name, _, value in pairs}


def write_private(path: Path, values: dict[str, str]) -> None:
    """Write NAME=value lines, complete or not at all, readable by the owner only."""
    side = path.with_suffix(".new")
    side.unlink(missing_ok=True)
    with os.fdopen(os.open(side, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.writelines(f"{name}={value}\n" for name, value in values.items())
        out.flush()
        os.fsync(out.fileno())
    side.rename(path)
