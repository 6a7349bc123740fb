"""Waiting for each other over real sockets: who stops the room, who does not, and how it goes on."""

import asyncio
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async

from apps.accounts.models import User
from apps.common.errors import Unavailable
from apps.rooms import live
from apps.rooms.domain import waiting
from apps.rooms.domain.members import Preset
from apps.rooms.models import Room, RoomEvent, RoomTimeline
from apps.streaming.adapters.source import LocalFile, NotHereYet
from apps.streaming.domain.states import AssetState, RenditionState
from apps.streaming.models import MediaAsset
from apps.streaming.services import sources
from consumers import minding
from consumers.presence import Presence
from consumers.protocol.parts import Member
from consumers.waits import Waits
from tests.rooms_party import Frame, Viewer, room_of, sitting
from tests.streaming_rows import add_track

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("tidied_rooms", "collected")]

ST = {"t": "st", "rev": 1, "e": 0.0, "buf": 0.0, "stall": False, "rate": 1, "level": 0, "rtt": 40, "vis": True}
STALLED = {**ST, "stall": True}
QUIET_S = 2.5  # two pulses and a half: who deserves a wait has got it by then


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if everybody had been here, and the film had played, for a while."""
    monkeypatch.setattr(waiting, "SETTLED_IN_S", 0)
    monkeypatch.setattr(waiting, "SETTLED_MS", 0)


async def greet(viewer: Viewer, room: Room) -> int:
    """Say hello; the revision to base commands on."""
    return (await viewer.hello(room))["tl"]["rev"]


async def stands_still(viewer: Viewer) -> Frame:
    return await viewer.until("tl", lambda frame: frame["wait"] is not None)


async def waits_heard(viewer: Viewer, for_s: float = QUIET_S) -> list[Frame]:
    return [frame for frame in await viewer.hear_for(for_s) if frame["t"] == "tl" and frame["wait"] is not None]


# --- stalls ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("way_out", ["ready", "gone", "nowait", "away", "without"])
async def test_the_room_waits_for_whoever_stalls_and_goes_on(
    alice: User, bob: User, room: Room, settled: None, way_out: str
) -> None:
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        rev = await greet(one, room)
        await greet(two, room)
        await one.cmd("play", rev)
        await two.send(STALLED)
        still = await stands_still(one)
        assert (still["playing"], still["wait"]["for"], still["wait"]["why"]) == (False, [str(bob.pk)], "stall")
        assert still["wait"]["until_ms"] - still["at_ms"] <= 8_000
        bid = still["wait"]["bid"]
        if way_out == "ready":
            await one.send({"t": "ready", "bid": bid, "ok": True})  # nobody waits for her
            await two.send({"t": "ready", "bid": "another", "ok": True})
            assert not [frame for frame in await one.hear_for(0.5) if frame["t"] == "tl"]
            await two.send({"t": "ready", "bid": bid, "ok": True})
        elif way_out == "gone":
            await two.socket.disconnect()
        elif way_out == "nowait":
            await two.send({**STALLED, "nowait": True})
        elif way_out == "away":
            await two.send({**STALLED, "vis": False})
        else:
            await one.cmd("play", still["rev"])
            assert (await RoomTimeline.objects.aget(room=room)).playing is False, "a second is theirs"
            await asyncio.sleep(1)
            await one.cmd("play", still["rev"])
        on = await one.until("tl", lambda frame: frame["rev"] == still["rev"] + 1)
    assert (on["playing"], on["wait"], on["position_ms"]) == (True, None, still["position_ms"])
    assert on["by"] == (str(alice.pk) if way_out == "without" else None)


async def test_an_answer_is_heard_although_the_database_was_away_for_a_moment(
    alice: User, bob: User, room: Room, settled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "OBJECTION_MS", 10_000)  # the next pulse is in time on a busy machine too
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        rev = await greet(one, room)
        await greet(two, room)
        start = await one.cmd("play", rev)
        with away(monkeypatch, "begin_wait") as tries:
            await two.send({"t": "ready", "bid": str(start["rev"]), "ok": False})
            await tries.get()
        still = await stands_still(one)
        assert still["wait"]["for"] == [str(bob.pk)], "the objection was not forgotten"
        with away(monkeypatch, "settle_wait") as tries:
            await two.send({"t": "ready", "bid": still["wait"]["bid"], "ok": True})
            await tries.get()
        on = await one.until("tl", lambda frame: frame["rev"] == still["rev"] + 1)
    assert (on["playing"], on["cause"]) == (True, "resume")


@contextmanager
def away(monkeypatch: pytest.MonkeyPatch, call: str) -> Iterator[asyncio.Queue[None]]:
    """The database does not answer ``call``; each try is put into the queue."""
    tries: asyncio.Queue[None] = asyncio.Queue()

    async def fail(**_: object) -> None:
        tries.put_nowait(None)
        raise Unavailable("The database is away.")

    with monkeypatch.context() as patch:
        patch.setattr(live, call, fail)
        yield tries


def test_whoever_said_something_else_meanwhile_is_taken_at_that() -> None:
    waits = Waits(late={"bob": "7"}, done={"eve": "7"})
    waits.put_back(late={"eve": "7", "gwen": "7"}, done={"bob": "7", "dan": "7", "eve": "6"})
    assert (waits.late, waits.done) == ({"bob": "7", "gwen": "7"}, {"eve": "7", "dan": "7"})


async def test_a_broken_socket_is_given_three_seconds(alice: User, bob: User, room: Room, settled: None) -> None:
    async with sitting(alice, room) as one:
        rev = await greet(one, room)
        async with sitting(bob, room) as two:
            await greet(two, room)
            await one.cmd("play", rev)
            await two.send(STALLED)
            still = await stands_still(one)
        assert not [frame for frame in await one.hear_for(2) if frame["t"] == "tl"]
        on = await one.until("tl", lambda frame: frame["rev"] == still["rev"] + 1, limit_s=3)
        assert on["playing"]


async def test_a_member_who_never_answers_delays_the_others_by_eight_seconds_at_most(
    alice: User, bob: User, room: Room, settled: None
) -> None:
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        rev = await greet(one, room)
        await greet(two, room)
        await one.cmd("play", rev)
        await two.send(STALLED)
        still = await stands_still(one)
        on = await one.until("tl", lambda frame: frame["rev"] == still["rev"] + 1, limit_s=10)
        assert on["playing"]
        assert 7_000 < on["at_ms"] - still["at_ms"] <= 8_000


async def test_nobody_waits_again_for_whom_they_went_on_without(
    alice: User, bob: User, room: Room, settled: None
) -> None:
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        rev = await greet(one, room)
        await greet(two, room)
        await one.cmd("play", rev)
        await two.send(STALLED)
        still = await stands_still(one)
        await asyncio.sleep(1)
        await one.cmd("play", still["rev"])
        assert await waits_heard(one) == []


@pytest.mark.parametrize(
    ("why", "changes"), [("a background tab", {"vis": False}), ("somebody who said so", {"nowait": True})]
)
async def test_nobody_waits_for(
    alice: User, bob: User, room: Room, settled: None, why: str, changes: dict[str, bool]
) -> None:
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        rev = await greet(one, room)
        await greet(two, room)
        await two.send({**STALLED, **changes})
        await one.cmd("play", rev)
        await two.send({"t": "ready", "bid": str(rev + 1), "ok": False})
        assert await waits_heard(one) == [], why


async def test_a_joiner_and_one_who_comes_back_disturb_nobody(alice: User, bob: User, room: Room) -> None:
    async with sitting(alice, room) as one:
        rev = await greet(one, room)
        await one.cmd("play", rev)
        for _ in range(2):
            async with sitting(bob, room) as two:
                await greet(two, room)
                await two.send(STALLED)
                await one.cmd("seek", rev, position=60)
                rev += 1
                for name in (rev, rev + 1):
                    await two.send({"t": "ready", "bid": str(name), "ok": False})
                assert await waits_heard(one) == []


def test_a_person_is_new_again_after_their_last_socket_broke() -> None:
    presence, bob = Presence(), Member("bob", "Bob", "member", guest=False, state="playing")
    presence.arrive("bob:1", bob, 0.0)
    presence.arrive("bob:2", bob, 50.0)
    assert presence.here_s("bob", 60.0) == 60.0, "a second tab is no arrival"
    presence.depart("bob:1", 61.0)
    presence.depart("bob:2", 62.0)
    presence.changes(63.0)
    presence.arrive("bob:1", bob, 70.0)
    assert presence.here_s("bob", 75.0) == 5.0


@pytest.mark.parametrize("rule", ["never", "always"])
async def test_the_rule_of_the_room_counts(alice: User, bob: User, room: Room, settled: None, rule: str) -> None:
    await Room.objects.filter(pk=room.pk).aupdate(wait_rule=rule)
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        rev = await greet(one, room)
        await greet(two, room)
        await one.cmd("play", rev)
        await two.send(STALLED)
        assert bool(await waits_heard(one)) is (rule == "always")


async def test_whoever_may_not_steer_may_not_skip(alice: User, bob: User, settled: None) -> None:
    room = await sync_to_async(room_of)(alice, bob, preset=Preset.HOST_DRIVES)
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        rev = await greet(one, room)
        await greet(two, room)
        await one.cmd("play", rev)
        await two.send(STALLED)
        still = await stands_still(two)
        await asyncio.sleep(1)
        assert (await two.cmd("play", still["rev"]))["err"]["code"] == "not_allowed"


# --- starts ----------------------------------------------------------------------------------------------------
async def test_a_seek_among_people_who_have_the_film_there_waits_for_nobody(
    alice: User, bob: User, room: Room, settled: None
) -> None:
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        rev = await greet(one, room)
        await greet(two, room)
        await one.cmd("play", rev)
        before_ms = live.now_ms()
        await one.cmd("seek", rev + 1, position=120)
        jump = await two.until("tl", lambda frame: frame["cause"] == "seek")
        assert (jump["playing"], jump["wait"]) == (True, None)
        assert jump["at_ms"] - before_ms < 400
        assert await waits_heard(two, 1) == []


@pytest.mark.parametrize(("op", "why"), [("seek", "seek"), ("play", "start")])
async def test_a_start_that_somebody_is_not_ready_for_begins_when_all_are(
    alice: User, bob: User, room: Room, settled: None, op: str, why: str
) -> None:
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        rev = await greet(one, room)
        await greet(two, room)
        if op == "seek":
            await one.cmd("play", rev)
            await one.cmd("seek", rev + 1, position=120)
        else:
            await one.cmd("play", rev)
        start = await two.until("tl", lambda frame: frame["cause"] == op)
        await two.send({"t": "ready", "bid": str(start["rev"]), "ok": False})
        still = await stands_still(one)
        assert (still["playing"], still["wait"]["why"], still["wait"]["for"]) == (False, why, [str(bob.pk)])
        assert abs(still["position_ms"] - start["position_ms"]) < 400
        assert still["wait"]["until_ms"] - still["at_ms"] <= 20_000
        await one.send({"t": "ready", "bid": str(start["rev"]), "ok": False})
        both = await two.until("tl", lambda frame: frame["rev"] == still["rev"] + 1)
        assert both["wait"]["for"] == [str(bob.pk), str(alice.pk)]
        await one.send({"t": "ready", "bid": both["wait"]["bid"], "ok": True})
        fewer = await two.until("tl", lambda frame: frame["rev"] == both["rev"] + 1)
        assert fewer["wait"]["for"] == [str(bob.pk)]
        await two.send({"t": "ready", "bid": both["wait"]["bid"], "ok": True})
        on = await one.until("tl", lambda frame: frame["rev"] == fewer["rev"] + 1)
        assert (on["playing"], on["cause"], on["position_ms"]) == (True, "resume", still["position_ms"])
    kinds = [kind async for kind in RoomEvent.objects.filter(room=room).values_list("kind", flat=True)]
    assert not {"waited", "resumed"} & set(kinds), "a wait after a command is no line of the history"


async def test_alone_nobody_waits_for_oneself(alice: User, room: Room, settled: None) -> None:
    async with sitting(alice, room) as one:
        rev = await greet(one, room)
        await one.cmd("play", rev)
        await one.send({"t": "ready", "bid": str(rev + 1), "ok": False})
        await one.send(STALLED)
        assert await waits_heard(one) == []


@pytest.mark.parametrize("bid", ["", "0", "-1", "nonsense", "9" * 40])
async def test_an_objection_to_nothing_is_nothing(alice: User, bob: User, room: Room, settled: None, bid: str) -> None:
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        rev = await greet(one, room)
        await greet(two, room)
        await one.cmd("play", rev)
        for ok in (False, True):
            await two.send({"t": "ready", "bid": bid, "ok": ok})
        assert await waits_heard(one, 1) == []


# --- a film that is still arriving -----------------------------------------------------------------------------
@dataclass
class Reach:
    until_s: float = 8.0  # a unit of pictures needs four seconds more than its own


@dataclass(frozen=True, slots=True)
class Holed(LocalFile):
    reach: Reach

    def require(self, start_s: float = 0.0, end_s: float = math.inf) -> None:
        if end_s > self.reach.until_s:
            raise NotHereYet("The download has not come to this part yet.")


@pytest.fixture
def reach(room: Room, monkeypatch: pytest.MonkeyPatch) -> Reach:
    """The room's film of eleven seconds, of which the source has the first segment and nothing is made."""
    known = Reach()
    monkeypatch.setattr(sources, "open_source", lambda asset: Holed(Path(asset.source), known))
    monkeypatch.setattr(minding, "SOURCE_EVERY_S", 0.5)
    asset = MediaAsset.objects.create(
        title=room.title, source="/x", state=AssetState.PLAYABLE, duration_s=11.0, facts={"duration_s": 11.0}
    )
    add_track(asset, "v480", state=RenditionState.BUILDING, done=0)
    return known


async def test_the_room_stops_once_at_the_edge_and_goes_on_by_itself(
    alice: User, bob: User, room: Room, reach: Reach
) -> None:
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        rev = await greet(one, room)
        await greet(two, room)
        refusal = await one.cmd("seek", rev, position=9)
        assert refusal["err"] == {"code": "not_here_yet", "message": "The film has not arrived there yet."}
        assert (await one.cmd("seek", rev, position=1))["ok"]
        await one.cmd("play", rev + 1)
        for viewer in (one, two):
            still = await viewer.until("tl", lambda frame: frame["wait"] is not None)
            assert (still["playing"], still["wait"]["why"], still["wait"]["for"]) == (False, "source", [])
        await two.cmd("play", still["rev"])
        assert [frame for frame in await one.hear_for(1.5) if frame["t"] == "tl"] == [], "once, whatever is pressed"
        reach.until_s = 1_000.0
        on = await one.until("tl", lambda frame: frame["rev"] == still["rev"] + 1)
        assert (on["playing"], on["wait"], on["position_ms"]) == (True, None, still["position_ms"])
        told = [frame["data"]["why"] for frame in one.frames if frame["t"] == "ev" and frame["k"] == "waited"]
        assert told == ["source"]


async def test_a_film_that_is_here_is_asked_for_rarely(
    alice: User, room: Room, reach: Reach, monkeypatch: pytest.MonkeyPatch
) -> None:
    reach.until_s, asked = math.inf, []
    mind_source = live.mind_source

    async def counted(**given: object) -> object:
        asked.append(given)
        return await mind_source(**given)

    monkeypatch.setattr(live, "mind_source", counted)
    async with sitting(alice, room) as one:
        await one.cmd("play", await greet(one, room))
        assert await waits_heard(one) == []
    assert len(asked) == 1
