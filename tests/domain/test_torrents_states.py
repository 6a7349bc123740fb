"""The torrent's table of states, over all pairs, and what each observation means for it."""

import itertools
from uuid import UUID

import pytest

from apps.torrents.domain.health import SHARE_RATIO, SHARE_S, STALL_AFTER_S, Fault, Observation, Phase, judge
from apps.torrents.domain.states import TRANSITIONS, WHOLE, TorrentEvent, TorrentState, next_state

S, E = TorrentState, TorrentEvent
WORKING = {S.WANTED, S.METADATA, S.CHECKING, S.DOWNLOADING, S.STALLED}
ID = UUID(int=1)

# Per event: the states it moves, and where to. Written apart from the table, so that a slip in one shows.
EXPECTED = {
    E.METADATA_SOUGHT: ({S.WANTED}, S.METADATA),
    E.CHECK_STARTED: ((WORKING | WHOLE) - {S.CHECKING}, S.CHECKING),
    E.DOWNLOAD_STARTED: ((WORKING | WHOLE) - {S.DOWNLOADING}, S.DOWNLOADING),
    E.STALL_NOTICED: (WORKING - {S.STALLED}, S.STALLED),
    E.FINISHED: (WORKING, S.COMPLETE),
    E.SHARING_STARTED: ({S.COMPLETE}, S.SEEDING),
    E.SHARING_ENDED: ({S.SEEDING}, S.COMPLETE),
    E.FAILED: (WORKING | WHOLE, S.ERROR),
    E.RETRIED: ({S.ERROR}, S.WANTED),
    E.REMOVAL_ASKED: (set(S) - {S.REMOVED}, S.REMOVED),
}


@pytest.mark.parametrize(("state", "event"), list(itertools.product(S, E)))
def test_every_pair_of_state_and_event_moves_as_expected(state: S, event: E) -> None:
    sources, target = EXPECTED[event]
    assert next_state(state, event) == (target if state in sources else None)


def test_no_move_leads_to_where_it_starts() -> None:
    assert all(old != new for (old, _), new in TRANSITIONS.items())


def test_a_removed_torrent_stays_removed() -> None:
    assert not [event for event in E if next_state(S.REMOVED, event)]


def verdict(state: S, **seen: object) -> tuple[E, str]:
    found = judge(state, Observation(ID, **seen), metadata_timeout_s=180)  # type: ignore[arg-type]
    return found.event, found.reason


def test_a_magnet_waits_for_its_description_until_the_limit() -> None:
    assert verdict(S.WANTED, phase=Phase.METADATA, quiet_s=179.9) == (E.METADATA_SOUGHT, "")
    event, reason = verdict(S.METADATA, phase=Phase.METADATA, quiet_s=180)
    assert event is E.FAILED
    assert reason.startswith("No peer sent the film's description within 3 minutes.")


def test_a_download_stalls_when_nothing_arrives_and_says_whether_anybody_is_there() -> None:
    assert verdict(S.DOWNLOADING, phase=Phase.DOWNLOADING, quiet_s=STALL_AFTER_S - 0.1)[0] is E.DOWNLOAD_STARTED
    event, alone = verdict(S.DOWNLOADING, phase=Phase.DOWNLOADING, quiet_s=STALL_AFTER_S)
    assert event is E.STALL_NOTICED
    assert alone.startswith("No peer is connected")
    _, silent = verdict(S.DOWNLOADING, phase=Phase.DOWNLOADING, quiet_s=STALL_AFTER_S, peers=2)
    assert silent.startswith("The connected peers send nothing")


def test_a_full_disk_stalls_and_any_other_fault_fails() -> None:
    full = {"phase": Phase.DOWNLOADING, "fault": Fault.DISK_FULL, "fault_reason": "The disk is full."}
    assert verdict(S.DOWNLOADING, **full) == (E.STALL_NOTICED, "The disk is full.")
    fatal = {"phase": Phase.DOWNLOADING, "fault": Fault.FATAL, "fault_reason": "The torrent stopped: x."}
    assert verdict(S.DOWNLOADING, **fatal) == (E.FAILED, "The torrent stopped: x.")


def test_checking_shows() -> None:
    assert verdict(S.SEEDING, phase=Phase.CHECKING)[0] is E.CHECK_STARTED


def test_a_finished_film_is_complete_first_and_shared_next() -> None:
    assert verdict(S.DOWNLOADING, phase=Phase.FINISHED)[0] is E.FINISHED
    assert verdict(S.COMPLETE, phase=Phase.FINISHED)[0] is E.SHARING_STARTED


@pytest.mark.parametrize("shared", [{"shared_ratio": SHARE_RATIO}, {"shared_s": SHARE_S}])
def test_sharing_ends_when_enough_is_given_back_or_time_is_over(shared: dict[str, float]) -> None:
    assert verdict(S.SEEDING, phase=Phase.FINISHED, **shared)[0] is E.SHARING_ENDED
    assert next_state(S.SEEDING, verdict(S.SEEDING, phase=Phase.FINISHED, shared_ratio=0.5)[0]) is None
