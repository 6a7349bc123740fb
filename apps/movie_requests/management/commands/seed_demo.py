"""Puts the demo film on a new server by the product's own way: made here, shared as a torrent on this machine's
loopback by a second session, requested, fetched, packaged. Safe to run again at any time, also after a kill.
"""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.catalog import services as catalog
from apps.movie_requests import selectors, services
from apps.movie_requests.adapters.demo_film import DURATION_S, make_demo_film
from apps.movie_requests.domain.states import State
from apps.torrents import services as torrents

NAME, YEAR = "A Matinee for Two", 2026
OVERVIEW = (
    "Two minutes of moving colour, made on this very server, with the time and the frame number in the picture. "
    "Play it, start a party, and see how close two screens can be."
)
SETTLED = {State.READY, State.EVICTED, State.CANCELLED, State.DECLINED}  # ready, or people did not want it
OVER_WITHOUT_FILM = {State.FAILED, State.NEEDS_ATTENTION, *SETTLED} - {State.READY}
READY_LIMIT_S = 900
LOOPBACK = "127.0.0.1"


class Command(BaseCommand):
    help = "Make, share, request and wait for the demo film."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = settings.DATA_DIR / "demo"
        title = catalog.create_manual_title(name=NAME, year=YEAR, overview=OVERVIEW, runtime_min=DURATION_S // 60)
        known = selectors.everything().filter(title_id=title.pk, state__in=SETTLED)
        if not known.exists():
            film = make_demo_film(folder)
            self.stdout.write("made")
            with shared(film) as (torrent, port):
                acquisition, _ = services.submit(user_id=None, title_id=title.pk, torrent=torrent)
                wait_until_ready(acquisition.pk, port)
        shutil.rmtree(folder, ignore_errors=True)
        self.stdout.write("ready")


@contextmanager
def shared(film: Path) -> Iterator[tuple[bytes, int]]:
    """Shares ``film`` with this machine only while the block runs; yields the .torrent and the port of the seeder."""
    torrent = film.with_suffix(".torrent")
    command = [sys.executable, "manage.py", "seed_file", str(film), "--torrent", str(torrent)]
    seeder = subprocess.Popen(command, cwd=settings.BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        said = seeder.stdout.readline() if seeder.stdout else ""
        if not said.startswith("seeding "):
            raise CommandError("The demo film could not be shared on this machine.")
        yield torrent.read_bytes(), int(said.rpartition(":")[2])
    finally:
        seeder.terminate()
        seeder.wait(20)


def wait_until_ready(acquisition_id: UUID, port: int) -> None:
    """Lead the torrent to our seeder, then watch the request go its way. Raises CommandError when it ends badly."""
    deadline = time.monotonic() + READY_LIMIT_S
    led: UUID | None = None
    while time.monotonic() < deadline:
        acquisition = selectors.everything().get(pk=acquisition_id)
        if acquisition.state == State.READY:
            return
        if acquisition.state in OVER_WITHOUT_FILM:
            raise CommandError(f"The demo film ended {acquisition.state}: {acquisition.reason}")
        if acquisition.torrent_id is not None and acquisition.torrent_id != led:
            led = acquisition.torrent_id
            torrents.suggest_peer(led, LOOPBACK, port)
        time.sleep(0.5)
    raise CommandError(f"The demo film is not ready after {READY_LIMIT_S} s.")
