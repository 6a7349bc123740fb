"""One round of torrentd: make the session follow the rows, then write down what the session saw.

Invariant: a round reads both sides anew. A round that fails half-way, or never ran because Postgres was away, is made
good by the next one.
"""

from uuid import UUID

from structlog import get_logger

from apps.common.errors import DomainError, Invalid
from apps.torrents import selectors
from apps.torrents.adapters.disk import delete_folder
from apps.torrents.adapters.engine import Engine
from apps.torrents.domain.health import Observation, Verdict, judge
from apps.torrents.domain.states import WHOLE, TorrentEvent, next_state
from apps.torrents.selectors import Tracked
from apps.torrents.services import records

log = get_logger(__name__)


def run_round(engine: Engine, *, metadata_timeout_s: float, is_progress_due: bool) -> None:
    """Raises django.db.OperationalError or InterfaceError while Postgres is away."""
    rows = selectors.tracked()
    _follow_wishes(engine, rows)
    for seen in engine.observe():
        row = rows.get(seen.torrent_id)
        if row is not None:
            _write_down(row, seen, metadata_timeout_s=metadata_timeout_s, is_progress_due=is_progress_due)
    save_resume_data(engine.take_resume_data(), engine)
    for torrent_id in selectors.awaiting_deletion():
        if delete_folder(engine.root, torrent_id):
            records.record_files_deleted(torrent_id)


def save_resume_data(resume: dict[UUID, bytes], engine: Engine) -> None:
    """Store what the engine handed over; what cannot be stored now goes back to it."""
    unsaved = dict(resume)
    try:
        for torrent_id, data in resume.items():
            records.record_resume_data(torrent_id, data)
            del unsaved[torrent_id]
    finally:
        engine.return_resume_data(unsaved)


def _follow_wishes(engine: Engine, rows: dict[UUID, Tracked]) -> None:
    loaded = engine.loaded_versions()
    for torrent_id in loaded.keys() - rows.keys():
        engine.drop(torrent_id)
    for torrent_id, row in rows.items():
        if loaded.get(torrent_id) != row.wish_version:
            engine.drop(torrent_id)
            _open(engine, torrent_id)


def _open(engine: Engine, torrent_id: UUID) -> None:
    try:
        engine.add(selectors.wish(torrent_id))
    except Invalid as error:
        records.move(torrent_id, TorrentEvent.FAILED, reason=error.message)


def _write_down(row: Tracked, seen: Observation, *, metadata_timeout_s: float, is_progress_due: bool) -> None:
    if seen.opened is not None and seen.opened.file_name != row.video_file:
        records.record_opened(seen.torrent_id, seen.opened)
    verdict = judge(row.state, seen, metadata_timeout_s=metadata_timeout_s)
    if next_state(row.state, verdict.event) is not None:
        _write_numbers(row, seen, reason=row.numbers[-1])
        _move(seen.torrent_id, verdict)
    elif is_progress_due and row.state not in WHOLE:  # who comes and goes while a whole film is shared is no news
        _write_numbers(row, seen, reason=verdict.reason)


def _write_numbers(row: Tracked, seen: Observation, *, reason: str) -> None:
    if (seen.bytes_done, seen.bytes_per_s, seen.peers, reason) != row.numbers:
        records.record_progress(seen, row.state, reason)


def _move(torrent_id: UUID, verdict: Verdict) -> None:
    try:
        records.move(torrent_id, verdict.event, reason=verdict.reason)
    except DomainError as error:
        log.info("torrent.move_lost", torrent=str(torrent_id), error=error.message)
