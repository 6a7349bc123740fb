"""Typed readers for environment variables. Reports every bad value at once, each with the sentence that mends it.

``project.settings`` reads through one ``Env`` and calls ``finish()`` last; nothing else reads ``os.environ``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit


class BadEnvironment(SystemExit):
    """Raised with all faults in one message; exits without a traceback."""


@dataclass
class Env:
    values: Mapping[str, str]
    faults: list[str] = field(default_factory=list)

    def text(self, name: str, default: str = "") -> str:
        return self.values.get(name, "").strip() or default

    def flag(self, name: str, *, default: bool) -> bool:
        raw = self.text(name).lower()
        if raw in {"", "1", "true", "yes", "on", "0", "false", "no", "off"}:
            return default if raw == "" else raw in {"1", "true", "yes", "on"}
        self.faults.append(f"{name}={raw!r} is neither 1 nor 0.")
        return default

    def number(self, name: str, default: int, *, low: int, high: int) -> int:
        raw = self.text(name)
        if not raw:
            return default
        if raw.lstrip("-").isdigit() and low <= int(raw) <= high:
            return int(raw)
        self.faults.append(f"{name}={raw!r} must be a whole number from {low} to {high}.")
        return default

    def path(self, name: str, default: Path) -> Path:
        return Path(self.text(name, str(default))).expanduser().resolve()

    def items(self, name: str) -> list[str]:
        return [part.strip() for part in self.text(name).split(",") if part.strip()]

    def database(self, name: str, default: str) -> dict[str, object]:
        """``postgresql://user:password@host:port/name``; ``?host=/dir`` for a unix socket. Gives Django's shape."""
        raw = self.text(name, default)
        url = urlsplit(raw)
        try:
            port = url.port
        except ValueError:
            port = None
            self.faults.append(f"{name} has a port that is not a number.")
        if url.scheme not in {"postgres", "postgresql"} or not url.path.strip("/"):
            self.faults.append(f"{name} must look like postgresql://user:password@host:5432/name.")
        query = {key: found[-1] for key, found in parse_qs(url.query).items()}
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(url.path.strip("/")),
            "USER": unquote(url.username or ""),
            "PASSWORD": unquote(url.password or ""),
            "HOST": query.pop("host", url.hostname or ""),
            "PORT": str(port or ""),
            "OPTIONS": query,
        }

    def redis(self, name: str, default: str) -> str:
        raw = self.text(name, default)
        if urlsplit(raw).scheme not in {"redis", "rediss", "unix"}:
            self.faults.append(f"{name} must start with redis://, rediss:// or unix://.")
        return raw

    def require(self, ok: object, fault: str) -> None:
        """Note ``fault`` unless ``ok``."""
        if not ok:
            self.faults.append(fault)

    def finish(self) -> None:
        """Raise once with everything that is wrong."""
        if self.faults:
            raise BadEnvironment(
                "Matinee cannot start with these settings:\n" + "\n".join(f"  - {f}" for f in self.faults)
            )
