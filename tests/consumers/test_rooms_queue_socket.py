"""The queue on the room socket: everybody sees the same, and who may not is told why."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from asgiref.sync import sync_to_async

from apps.accounts.models import User
from apps.common.errors import DomainError, Unavailable
from apps.rooms import live
from apps.rooms.adapters.room_clock import room_clock
from apps.rooms.domain import succession
from apps.rooms.domain.members import Preset
from apps.rooms.domain.queue import Entry
from apps.rooms.models import QueueEntry, Room, RoomTimeline
from apps.rooms.selectors import Board
from apps.rooms.services import succession as succession_services
from consumers.board import BoardDesk
from consumers.succession import Succession
from tests.rooms_double import START
from tests.rooms_member import until
from tests.rooms_party import Viewer, film, guest_of, play_to_the_end, ready_film, room_of, sitting

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("tidied_rooms", "collected")]


async def tell(viewer: Viewer, kind: str, cid: str = "", **fields: Any) -> dict[str, Any]:
    """Send a frame and wait for its answer."""
    cid = cid or uuid4().hex
    await viewer.send({"t": kind, "cid": cid, **fields})
    return await viewer.until("res", lambda frame: frame["cid"] == cid)


def names(queue: dict[str, Any]) -> list[str]:
    return [item["title"]["name"] for item in queue["items"]]


async def test_everybody_sees_the_queue_and_each_their_own_votes(alice: User, bob: User, room: Room) -> None:
    lights, kites = await sync_to_async(ready_film)("Lights"), await sync_to_async(ready_film)("Kites")
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        assert (await one.hello(room))["queue"]["items"] == []
        await two.hello(room)
        assert (await tell(one, "q.add", title=str(lights)))["ok"]
        assert (await tell(two, "q.add", title=str(kites)))["ok"]
        for viewer in (one, two):
            queue = await viewer.until("q", lambda frame: len(frame["items"]) == 2)
            assert names(queue) == ["Lights", "Kites"]
        kites_id = queue["items"][1]["qid"]
        assert (await tell(two, "q.vote", qid=kites_id, on=True))["ok"]
        for viewer, mine in ((one, False), (two, True)):
            queue = await viewer.until("q", lambda frame: names(frame) == ["Kites", "Lights"])
            assert [(item["votes"], item["mine"]) for item in queue["items"]] == [(1, mine), (0, False)]
        assert (await tell(one, "q.move", qid=queue["items"][1]["qid"], before=kites_id))["ok"]
        await two.until("q", lambda frame: names(frame) == ["Lights", "Kites"])
        assert (await tell(one, "q.del", qid=kites_id))["ok"]
        await two.until("q", lambda frame: names(frame) == ["Lights"])
        async with sitting(bob, room) as late:
            assert names((await late.hello(room))["queue"]) == ["Lights"]


async def test_votes_leave_with_whoever_is_removed(alice: User, bob: User, room: Room) -> None:
    lights, kites = await sync_to_async(ready_film)("Lights"), await sync_to_async(ready_film)("Kites")
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        await one.hello(room)
        await two.hello(room)
        await tell(one, "q.add", title=str(lights))
        queue = await two.until("q", lambda frame: names(frame) == ["Lights"])
        await tell(two, "q.vote", qid=queue["items"][0]["qid"], on=True)
        await tell(one, "poll.open", titles=[str(lights), str(kites)])
        poll = (await two.until("q", lambda frame: frame["poll"] is not None))["poll"]
        await tell(two, "poll.vote", poll=poll["poll"], title=str(kites))
        await one.until("q", lambda frame: votes_in(frame) == (1, [0, 1]))
        await one.send({"t": "kick", "uid": str(bob.pk), "cid": "k"})
        await one.until("q", lambda frame: votes_in(frame) == (0, [0, 0]))


async def test_an_older_board_is_never_shown_after_a_newer_one(
    alice: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody came in, with what happened meanwhile, while the board of an earlier event was read."""
    old = await live.board(room.pk)
    newer, shown = replace(old, rev=old.rev + 1), asyncio.Queue()

    async def read(_room_id: UUID) -> Board:
        return old

    monkeypatch.setattr(live, "board", read)
    desk = BoardDesk(newest=newer)
    reader = SimpleNamespace(rev=1, uid=str(alice.pk), put=shown.put_nowait)
    desk.refresh(room.pk, {"s": reader})
    parcel = await asyncio.wait_for(shown.get(), 5)
    assert parcel.frame.rev == newer.rev
    assert desk.newest is newer


async def test_a_board_that_could_not_be_read_is_read_with_the_next_pulse(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await live.board(room.pk)
    answers: list[Board | DomainError] = [Unavailable("The database does not answer."), found]
    asked = 0

    async def read(_room_id: UUID) -> Board:
        nonlocal asked
        asked += 1
        answer = answers.pop(0)
        if isinstance(answer, DomainError):
            raise answer
        return answer

    monkeypatch.setattr(live, "board", read)
    desk = BoardDesk()
    desk.refresh(room.pk, {})
    await until("the read to fail", lambda: desk.is_behind, limit_s=5)
    for _ in range(2):
        desk.catch_up(room.pk, {})
        await until("the next read", lambda: not desk.is_behind, limit_s=5)
    assert (desk.newest, asked) == (found, 2), "once is enough"


async def test_who_is_too_late_to_begin_the_next_film_reads_the_board_again(room: Room) -> None:
    """Another process was faster, or somebody said no, and this one has not heard of it."""
    now_ms = int(live.now_ms())
    ended = replace(START, playing=True, at_ms=now_ms - START.duration_ms)
    entry = Entry(qid=str(uuid4()), title=str(uuid4()), by=str(uuid4()), name="Alice", position=1)
    stale = replace(await live.board(room.pk), entries=[entry], next_rev=ended.rev, next_at_ms=now_ms - 1)
    told, looked = [], asyncio.Event()

    async def tell_all(*news: Any) -> None:
        told.append(news)

    Succession().mind(room.pk, ended, stale, tell_all, looked.set)
    await asyncio.wait_for(looked.wait(), 5)
    assert told == []


def votes_in(queue: dict[str, Any]) -> tuple[int, list[int]]:
    """Of the first film in the queue, and of each choice."""
    choices = queue["poll"]["choices"] if queue["poll"] else []
    return queue["items"][0]["votes"], [choice["votes"] for choice in choices]


async def test_the_next_film_comes_to_everybody(alice: User, bob: User, room: Room) -> None:
    lights = await sync_to_async(ready_film)("Lights")
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        rev = (await one.hello(room))["tl"]["rev"]
        await two.hello(room)
        await tell(one, "q.add", title=str(lights))
        assert (await tell(two, "q.skip", base=rev))["ok"]
        for viewer in (one, two):
            timeline = await viewer.until("tl")
            assert (timeline["item"], timeline["position_ms"], timeline["cause"]) == (str(lights), 0, "item")
            queue = await viewer.until("q", lambda frame: frame["on"]["id"] == str(lights))
            assert queue["items"] == []
            event = await viewer.until("ev", lambda frame: frame["k"] == "switched")
            assert (event["data"]["title"], event["data"]["from_title"]) == ("Lights", "Night Train")


async def test_a_film_may_be_chosen_without_the_queue(alice: User, room: Room) -> None:
    lights = await sync_to_async(ready_film)("Lights")
    async with sitting(alice, room) as viewer:
        rev = (await viewer.hello(room))["tl"]["rev"]
        assert (await viewer.cmd("item", rev, item=str(lights)))["ok"]
        assert (await viewer.until("tl"))["item"] == str(lights)
        refused = await viewer.cmd("item", rev + 1, item="x" * 36)
        assert refused["err"]["message"] == "This is not an id."
        assert (await viewer.cmd("item", rev + 1))["err"]["message"] == "Say which film."


@pytest.mark.parametrize(
    ("kind", "fields", "code"),
    [
        ("q.add", {"title": str(uuid4())}, "not_found"),
        ("q.add", {"title": "x" * 36}, "invalid"),
        ("q.vote", {"qid": str(uuid4()), "on": True}, "not_queued"),
        ("q.move", {"qid": str(uuid4())}, "not_queued"),
        ("q.skip", {"base": 1}, "queue_empty"),
        ("q.vote", {"qid": str(uuid4()), "on": "yes"}, "bad_frame"),
    ],
)
async def test_what_cannot_be_is_refused_in_words(
    alice: User, room: Room, kind: str, fields: dict[str, Any], code: str
) -> None:
    async with sitting(alice, room) as viewer:
        await viewer.hello(room)
        answer = await tell(viewer, kind, **fields)
    assert (answer["ok"], answer["err"]["code"]) == (False, code)
    assert answer["err"]["message"].endswith(".")


async def test_a_film_that_is_not_ready_is_refused_with_what_to_do(alice: User, room: Room) -> None:
    soon = await sync_to_async(film)("Soon")
    async with sitting(alice, room) as viewer:
        await viewer.hello(room)
        answer = await tell(viewer, "q.add", title=str(soon))
    assert answer["err"]["code"] == "not_ready"
    assert "Ask for it on its page" in answer["err"]["message"]


async def test_guests_where_the_host_drives_add_and_vote_but_do_not_skip(alice: User) -> None:
    room = await sync_to_async(room_of)(alice, preset=Preset.HOST_DRIVES)
    guest, lights = await sync_to_async(guest_of)(room), await sync_to_async(ready_film)("Lights")
    async with sitting(guest, room) as viewer:
        rev = (await viewer.hello(room))["tl"]["rev"]
        assert (await tell(viewer, "q.add", cid="a", title=str(lights)))["ok"]
        assert (await tell(viewer, "q.add", cid="a", title=str(lights)))["ok"]
        refused = [await tell(viewer, "q.skip", base=rev), await viewer.cmd("item", rev, item=str(lights))]
        assert [answer["err"]["code"] for answer in refused] == ["not_allowed", "not_allowed"]
        assert (await tell(viewer, "q.stay"))["err"]["code"] == "not_allowed"
    assert await QueueEntry.objects.filter(room=room).acount() == 1


async def test_at_the_end_the_next_film_is_announced_and_begins(
    alice: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(succession_services, "COUNTDOWN_MS", 500)
    lights = await sync_to_async(ready_film)("Lights")
    async with sitting(alice, room) as viewer:
        rev = (await viewer.hello(room))["tl"]["rev"]
        await tell(viewer, "q.add", title=str(lights))
        await viewer.cmd("seek", rev, position=599.9)
        await viewer.cmd("play", rev + 1)
        queue = await viewer.until("q", lambda frame: frame["next"] is not None, limit_s=8)
        assert queue["next"]["rev"] == rev + 2
        timeline = await viewer.until("tl", lambda frame: frame["item"] == str(lights), limit_s=8)
        assert (timeline["playing"], timeline["by"]) == (True, None)
        assert timeline["at_ms"] > room_clock.now_ms()


async def test_nobody_is_moved_on_who_said_no(alice: User, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(succession_services, "COUNTDOWN_MS", 2_500)
    lights = await sync_to_async(ready_film)("Lights")
    async with sitting(alice, room) as viewer:
        rev = (await viewer.hello(room))["tl"]["rev"]
        await tell(viewer, "q.add", title=str(lights))
        await viewer.cmd("seek", rev, position=599.9)
        await viewer.cmd("play", rev + 1)
        await viewer.until("q", lambda frame: frame["next"] is not None, limit_s=8)
        assert (await tell(viewer, "q.stay"))["ok"]
        await viewer.until("q", lambda frame: frame["next"] is None)
        await viewer.hear_for(4)
    assert (await RoomTimeline.objects.aget(room=room)).item == room.title_id
    assert succession.COUNTDOWN_MS == 10_000


@pytest.mark.parametrize("command", [("rate", {"rate": 1.5}), ("seek", {"position": 600})])
async def test_a_command_at_the_end_loses_no_next_film(
    alice: User, bob: User, room: Room, monkeypatch: pytest.MonkeyPatch, command: tuple[str, dict[str, float]]
) -> None:
    """A speed keeps the countdown that is on, a seek to the end begins it anew, and both pages are told."""
    monkeypatch.setattr(succession_services, "COUNTDOWN_MS", 3_000)
    lights = await sync_to_async(ready_film)("Lights")
    rev = await sync_to_async(play_to_the_end)(room)
    op, fields = command
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        await one.hello(room)
        await two.hello(room)
        await tell(one, "q.add", title=str(lights))
        offered = (await two.until("q", lambda frame: frame["next"] is not None, limit_s=8))["next"]
        assert offered["rev"] == rev
        assert (await one.cmd(op, rev, **fields))["ok"]
        again = (await two.until("q", lambda frame: frame["next"] and frame["next"]["rev"] > rev, limit_s=8))["next"]
        assert (again["at_ms"] == offered["at_ms"]) is (op == "rate")
        await two.until("tl", lambda frame: frame["item"] == str(lights), limit_s=10)


async def test_a_ready_check_at_the_end_ends_the_countdown_on_every_page(alice: User, bob: User, room: Room) -> None:
    lights = await sync_to_async(ready_film)("Lights")
    await sync_to_async(play_to_the_end)(room)
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        await one.hello(room)
        await two.hello(room)
        await tell(one, "q.add", title=str(lights))
        await two.until("q", lambda frame: frame["next"] is not None, limit_s=8)
        assert (await tell(one, "rdy.ask"))["ok"]
        await two.until("q", lambda frame: frame["next"] is None)


async def test_a_vote_is_seen_by_all_and_its_winner_is_next(alice: User, bob: User, room: Room) -> None:
    lights, kites = await sync_to_async(ready_film)("Lights"), await sync_to_async(ready_film)("Kites")
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        await one.hello(room)
        await two.hello(room)
        assert (await tell(one, "poll.open", titles=[str(lights), str(kites)]))["ok"]
        poll = (await two.until("q", lambda frame: frame["poll"] is not None))["poll"]
        assert [choice["title"]["name"] for choice in poll["choices"]] == ["Lights", "Kites"]
        assert (await tell(two, "poll.vote", poll=poll["poll"], title=str(kites)))["ok"]
        for viewer, mine in ((one, None), (two, str(kites))):
            seen = await viewer.until("q", lambda frame: frame["poll"] and frame["poll"]["choices"][1]["votes"] == 1)
            assert seen["poll"]["mine"] == mine
        assert (await tell(one, "poll.close", poll=poll["poll"]))["ok"]
        assert names(await two.until("q", lambda frame: frame["poll"] is None and frame["items"])) == ["Kites"]
        refused = await tell(one, "poll.vote", poll=poll["poll"], title=str(kites))
        assert refused["err"]["code"] == "poll_over"
        assert (await tell(one, "poll.open", titles=["x" * 36]))["err"]["code"] == "invalid"
