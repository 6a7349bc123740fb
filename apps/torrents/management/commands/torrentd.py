"""The torrent daemon: one process, one libtorrent session. SIGTERM saves what is known and ends within seconds."""

import signal
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, connection
from structlog import get_logger

from apps.common.errors import Conflict
from apps.torrents.adapters.disk import lock_root
from apps.torrents.adapters.engine import Engine
from apps.torrents.management.reconcile import run_round, save_resume_data
from apps.torrents.models import torrents_root

log = get_logger(__name__)

LOCK_WAIT_S = 15.0  # a predecessor that got SIGTERM may still be saving
ROUND_EVERY_S = 1.0
NAP_S = 0.5  # the longest wait for libtorrent's news, and so for a signal
SAVE_WITHIN_S = 5.0
LONGEST_BACKOFF_S = 5.0


class Command(BaseCommand):
    help = "Run the torrent engine until SIGTERM."
    requires_system_checks: list[str] = []  # they would load the whole API into this process
    is_stopping = False

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        try:
            lock = lock_root(torrents_root(), wait_s=LOCK_WAIT_S)
        except Conflict as error:
            raise CommandError(error.message) from error
        with lock:
            engine = Engine(torrents_root(), port=settings.TORRENT_PORT, allow_loopback=settings.ALLOW_LOOPBACK_PEERS)
            log.info("torrentd.ready", root=str(engine.root))
            self.work(engine)
            self.finish(engine)

    def stop(self, _signal: int, _frame: Any) -> None:
        self.is_stopping = True

    def work(self, engine: Engine) -> None:
        next_round_at = next_progress_at = backoff_s = 0.0
        while not self.is_stopping:
            is_news = engine.wait(min(NAP_S, max(next_round_at - time.monotonic(), 0)))
            now = time.monotonic()
            if now < next_round_at and not (is_news and backoff_s == 0):
                continue
            is_progress_due = now >= next_progress_at
            backoff_s = self.try_round(engine, backoff_s, is_progress_due=is_progress_due)
            next_round_at = now + (backoff_s or ROUND_EVERY_S)
            next_progress_at = now + ROUND_EVERY_S if is_progress_due else next_progress_at

    def try_round(self, engine: Engine, backoff_s: float, *, is_progress_due: bool) -> float:
        """Seconds to wait before the next try: 0 when all is well. Downloads go on meanwhile."""
        try:
            run_round(engine, metadata_timeout_s=settings.METADATA_TIMEOUT_S, is_progress_due=is_progress_due)
        except (OperationalError, InterfaceError) as error:
            log.warning("torrentd.database_away", error=str(error).strip())
            connection.close()
        except Exception:
            log.exception("torrentd.round_failed")
        else:
            return 0.0
        return min(max(backoff_s * 2, 0.25), LONGEST_BACKOFF_S)

    def finish(self, engine: Engine) -> None:
        try:
            save_resume_data(engine.close(SAVE_WITHIN_S), engine)
        except (OperationalError, InterfaceError) as error:
            log.warning("torrentd.last_state_unsaved", error=str(error).strip())
        connection.close()
        log.info("torrentd.stopped")
