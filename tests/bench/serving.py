"""Cached segments: nginx as the house configures it, a bare nginx on the same files, and the embedded view, in one run.

The house's nginx stands before a port where nobody listens: a single call of Python would be an error in the table.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID, uuid4

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from apps.streaming.domain.signing import Claim, derive_keys, media_base, sign_short  # noqa: E402 - found by the line above
from tests.bench.streaming_table import Row, print_head, print_rows  # noqa: E402
from tests.nginx_server import nginx_server  # noqa: E402
from tests.rooms_servers import Server, free_port, running  # noqa: E402

SECRET = "bench-only-" + "x" * 40
BARE = """
worker_processes auto;
events { worker_connections 4096; }
http {
  include mime.types; sendfile on; tcp_nopush on; server_tokens off; access_log off;
  client_body_temp_path ${NGINX_TEMP}/client; proxy_temp_path ${NGINX_TEMP}/proxy;
  fastcgi_temp_path ${NGINX_TEMP}/fastcgi; uwsgi_temp_path ${NGINX_TEMP}/uwsgi; scgi_temp_path ${NGINX_TEMP}/scgi;
  server { listen ${NGINX_LISTEN}; root ${MEDIA_ROOT}/streaming; location / { try_files $uri =404; } }
}
"""
SIZES = (
    ("a film", "a segment of 480p and one of sound in turn", (600_000, 64_000)),
    ("600 kB", "4 s of 480p", (600_000,)),
    ("64 kB", "4 s of sound", (64_000,)),
)
SEGMENTS = 40
CONNECTIONS = (16, 64)  # decision 0021: with few, waits of 40 ms on loopback are measured beside the work
ROUNDS = 8
ROUND_S = 2
GOAL = 0.9
SPEED = re.compile(r"Requests/sec:\s+([\d.]+)")
FAULTS = re.compile(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)")


def table_rows(_place: object = None) -> list[Row]:
    for package in ("nginx", "wrk"):
        subprocess.run(["sh", str(ROOT / ".ci/debian-package"), package, package], check=True)
    with tempfile.TemporaryDirectory(prefix="matinee-bench-") as name:
        return [row for number, size in enumerate(SIZES) for row in _rows(Path(name) / str(number), *size)]


def _rows(folder: Path, name: str, label: str, sizes: Sequence[int]) -> list[Row]:
    media = folder / "media"
    asset, size = _film(media, sizes), sum(sizes) / len(sizes)
    plain = [f"/{asset}/1/v480/{index:05d}.m4s" for index in range(SEGMENTS)]
    claim = Claim(asset, 1, uuid4(), int(time.time()) + 600)
    signed = media_base(sign_short(derive_keys(SECRET), claim), claim)
    ours = [f"{signed}/v480/{index:05d}.m4s" for index in range(SEGMENTS)]
    nobody = free_port()
    house = nginx_server(folder / "house", app_port=nobody, media_root=media, secret=SECRET)
    bare = nginx_server(folder / "bare", app_port=nobody, text=BARE, media_root=media, secret=SECRET)
    embedded = _daphne(folder, media)
    scripts = {server.port: _script(folder, server, paths) for server, paths in
               ((house, ours), (bare, plain), (embedded, ours))}  # fmt: skip
    with running(house, bare, embedded):
        for server in (house, bare, embedded):
            _per_s(server, scripts, 1, CONNECTIONS[-1])  # warm: files in memory
        rows = [row for many in CONNECTIONS for row in _beside(bare, house, scripts, many, (name, label, size))]
        view = _per_s(embedded, scripts, ROUND_S, CONNECTIONS[0])
    return [*rows, Row(f"cached segments, {name}: embedded view", _speed(view, size), "-", None,
                       note=f"daphne alone, as `make run` serves; {CONNECTIONS[0]} connections")]  # fmt: skip


def _beside(
    bare: Server, house: Server, scripts: dict[int, Path], many: int, film: tuple[str, str, float]
) -> list[Row]:
    """Side by side, and each comes first as often as the other: the machine is not equally busy all the time."""
    name, label, size = film
    speeds: dict[int, list[float]] = {bare.port: [], house.port: []}
    for number in range(ROUNDS):
        for server in (bare, house) if number % 2 else (house, bare):
            speeds[server.port].append(_per_s(server, scripts, ROUND_S, many))
    bare_s, house_s = statistics.median(speeds[bare.port]), statistics.median(speeds[house.port])
    ratio = statistics.median(mine / its for its, mine in zip(speeds[bare.port], speeds[house.port], strict=True))
    how = f"{label}, median of {ROUNDS} rounds side by side"
    return [
        Row(f"cached segments, {name}, {many} connections: nginx", _speed(house_s, size), "-", None,
            _speed(bare_s, size), how),
        Row(f"cached segments, {name}, {many} connections: of bare nginx", f"{ratio:.2f}x", f">= {GOAL}x",
            ratio >= GOAL, "1x", "0 Python calls: nobody listens behind it"),
    ]  # fmt: skip


def _film(media: Path, sizes: Sequence[int]) -> UUID:
    asset = uuid4()
    folder = media / "streaming" / str(asset) / "1" / "v480"
    folder.mkdir(parents=True)
    for index in range(SEGMENTS):
        (folder / f"{index:05d}.m4s").write_bytes(os.urandom(sizes[index % len(sizes)]))
    return asset


def _daphne(folder: Path, media: Path) -> Server:
    port = free_port()
    env = {"SECRET_KEY": SECRET, "DATA_DIR": str(folder), "MEDIA_ROOT": str(media), "MEDIA_BY_NGINX": "0",
           "DJANGO_SETTINGS_MODULE": "project.settings", "MEDIA_STORE": "local"}  # fmt: skip
    command = [sys.executable, "-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(port)]
    return Server([*command, "project.asgi:application"], port, env)


def _script(folder: Path, server: Server, paths: Sequence[str]) -> Path:
    script = folder / f"{server.port}.lua"
    names = ", ".join(f'"{path}"' for path in paths)
    script.write_text(
        f"local paths = {{ {names} }}\nlocal i = 0\n"
        'request = function() i = i % #paths + 1; return wrk.format("GET", paths[i]) end\n'
    )
    return script


def _per_s(server: Server, scripts: dict[int, Path], seconds: int, connections: int) -> float:
    """Requests a second. Any answer but the segment is a fault of the bench."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(scripts[server.port])]
    said = subprocess.run(
        [*command, f"http://127.0.0.1:{server.port}"], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    if (fault := FAULTS.search(said)) or not (found := SPEED.search(said)):
        raise SystemExit(f"segments were refused: {fault[0] if fault else said}")
    return float(found[1])


def _speed(per_s: float, size: float) -> str:
    return f"{per_s:,.0f}/s {per_s * size / 1e6:,.0f} MB/s"


if __name__ == "__main__":
    print_head()
    print_rows(table_rows())
