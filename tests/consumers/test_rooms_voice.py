"""Voice over the room socket: the list, the notes between two browsers, and who is refused. The sound is elsewhere."""

import logging
from contextlib import AsyncExitStack
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from apps.accounts.models import User
from apps.common.events import publish_now, room_group
from apps.rooms import services
from apps.rooms.domain.members import Permission
from apps.rooms.models import Membership, Room
from consumers import signalling, voice
from tests.accounts_cast import person
from tests.rooms_party import Frame, Viewer, guest_of, room_of, sitting

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("tidied_rooms", "collected")]

SDP = "v=0\no=- 1 2 IN IP4 127.0.0.1\ns=-\nt=0 0\n"


async def speak(viewer: Viewer, room: Room, sid: str = "tab", *, talk: bool = False) -> Frame:
    """Enter the room and its voice chat; the answer."""
    if not viewer.frames:
        await viewer.hello(room, sid=sid)
    return await ask(viewer, t="voice", on=True, talk=talk)


async def ask(viewer: Viewer, **frame: Any) -> Frame:
    cid = f"c{len(viewer.frames)}"
    await viewer.send({**frame, "cid": cid})
    return await viewer.until("res", lambda answer: answer["cid"] == cid)


def people(frame: Frame) -> list[str]:
    return [talker["id"] for talker in frame["who"]]


def at(user: User, sid: str = "tab") -> str:
    return f"{user.pk}:{sid}"


async def hears(viewer: Viewer, *expected: User, limit_s: float = 5) -> Frame:
    wanted = [str(user.pk) for user in expected]
    return await viewer.until("voice", lambda frame: people(frame) == wanted, limit_s=limit_s)


async def test_everybody_in_the_room_sees_who_talks_and_who_enters_later_too(
    alice: User, bob: User, room: Room
) -> None:
    async with sitting(alice, room) as first, sitting(bob, room) as second:
        await second.hello(room, sid="tab")
        assert (await speak(first, room))["ok"] is True
        assert (await hears(second, alice))["who"] == [{"id": str(alice.pk), "sid": at(alice), "talking": False}]
        await first.send({"t": "voice", "on": True, "talk": True})
        await second.until("voice", lambda frame: [who["talking"] for who in frame["who"]] == [True])
        async with sitting(bob, room) as late:
            await late.hello(room, sid="phone")
            await hears(late, alice)
        await first.send({"t": "voice", "on": False})
        await hears(second)


async def test_notes_reach_the_one_socket_they_are_for(alice: User, bob: User, room: Room) -> None:
    async with sitting(alice, room) as first, sitting(bob, room) as second, sitting(bob, room) as phone:
        await phone.hello(room, sid="phone")
        await speak(first, room)
        await speak(second, room)
        await first.send({"t": "rtc", "to": at(bob), "sdp": {"type": "offer", "sdp": SDP}})
        note = await second.until("rtc")
        assert note == {"t": "rtc", "from": at(alice), "sdp": {"type": "offer", "sdp": SDP}}
        await second.send({"t": "rtc", "to": at(alice), "ice": {"candidate": "candidate:1", "mid": "0", "line": 0}})
        back = await first.until("rtc")
        assert back["ice"] == {"candidate": "candidate:1", "mid": "0", "line": 0}
        assert not [frame for frame in await phone.hear_for(0.3) if frame["t"] == "rtc"]


async def test_notes_are_neither_kept_nor_logged(
    alice: User, bob: User, room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        async with sitting(alice, room) as first, sitting(bob, room) as second:
            await speak(first, room)
            await speak(second, room)
            await first.send({"t": "rtc", "to": at(bob), "sdp": {"type": "offer", "sdp": SDP}})
            await second.until("rtc")
        async with sitting(bob, room) as again:
            await again.hello(room, sid="tab")
            assert not [frame for frame in await again.hear_for(0.3) if frame["t"] == "rtc"]
    assert "IN IP4" not in caplog.text


async def test_nobody_sends_notes_without_being_in_voice_or_to_another_room(alice: User, bob: User, room: Room) -> None:
    other = await sync_to_async(room_of)(bob)
    async with sitting(alice, room) as first, sitting(bob, other) as elsewhere:
        await speak(elsewhere, other)
        await first.hello(room, sid="tab")
        note = {"t": "rtc", "to": at(bob), "sdp": {"type": "offer", "sdp": SDP}}
        await first.send(note)
        assert (await first.until("res"))["err"]["code"] == "not_in_voice"
        await speak(first, room)
        await first.send(note)
        assert not [frame for frame in await elsewhere.hear_for(0.5) if frame["t"] == "rtc"]


@pytest.mark.parametrize(
    "note",
    [
        {"to": "x:y"},
        {"to": "x:y", "sdp": {"type": "offer", "sdp": SDP}, "ice": {"candidate": "candidate:1"}},
        {"to": "x:y", "sdp": {"type": "offer", "sdp": "x" * 6_001}},
        {"to": "x" * 81, "sdp": {"type": "offer", "sdp": SDP}},
        {"to": "x:y", "ice": {"candidate": "x" * 1_001}},
        {"to": 5, "ice": {"candidate": "candidate:1"}},
    ],
)
async def test_notes_that_are_none_are_refused_and_the_socket_lives(alice: User, room: Room, note: Frame) -> None:
    async with sitting(alice, room) as viewer:
        await speak(viewer, room)
        await viewer.send({"t": "rtc", **note})
        assert (await viewer.until("res", lambda frame: frame["cid"] is None))["ok"] is False
        assert (await ask(viewer, t="voice", on=True))["ok"] is True


async def test_voice_before_hello_is_refused(alice: User, room: Room) -> None:
    async with sitting(alice, room) as viewer:
        assert (await ask(viewer, t="voice", on=True))["err"]["code"] == "hello_first"


async def test_charlie_the_stranger_does_not_talk(room: Room) -> None:
    charlie = await sync_to_async(person)("charlie")
    async with sitting(charlie, room) as viewer:
        await viewer.send({"t": "hello", "v": 1, "room": str(room.pk)})
        await viewer.send({"t": "voice", "on": True})
        assert await viewer.closed() == 4003


async def test_a_guest_talks(alice: User, room: Room) -> None:
    gwen = await sync_to_async(guest_of)(room)
    async with sitting(gwen, room) as viewer:
        assert (await speak(viewer, room))["ok"] is True


async def test_without_the_right_nobody_joins_and_whoever_loses_it_is_out(
    alice: User, bob: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_allowed = True

    def may(self: Membership, permission: Permission) -> bool:
        return is_allowed or permission is not Permission.VOICE or self.user_id == alice.pk

    monkeypatch.setattr(Membership, "may", may)
    monkeypatch.setattr(signalling, "JUDGED_EVERY_S", 0.5)
    async with sitting(alice, room) as first, sitting(bob, room) as second:
        await speak(first, room)
        await speak(second, room)
        await hears(first, alice, bob)
        is_allowed = False
        refusal = await second.until("res", lambda frame: not frame["ok"])
        assert (refusal["cid"], refusal["err"]["code"]) == (None, "not_allowed")
        await hears(first, alice)
        assert (await ask(second, t="voice", on=True))["err"]["code"] == "not_allowed"


async def test_the_ninth_is_refused_in_words(alice: User, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice, "MOST_TALKERS", 2)
    guests = [await sync_to_async(guest_of)(room, name) for name in ("Gwen", "Hal")]
    async with AsyncExitStack() as stack:
        viewers = [await stack.enter_async_context(sitting(user, room)) for user in (alice, *guests)]
        assert [(await speak(viewer, room))["ok"] for viewer in viewers] == [True, True, False]
        refusal = await ask(viewers[2], t="voice", on=True)
        assert refusal["err"]["code"] == "voice_full"
        await ask(viewers[0], t="voice", on=False)
        assert (await ask(viewers[2], t="voice", on=True))["ok"] is True


async def test_a_second_device_takes_the_talk_over(alice: User, room: Room) -> None:
    async with sitting(alice, room) as desk, sitting(alice, room) as phone:
        await speak(desk, room, "desk")
        await speak(phone, room, "phone")
        moved = await desk.until("res", lambda frame: not frame["ok"])
        assert moved["err"]["code"] == "voice_moved"
        now = await desk.until("voice", lambda frame: frame["who"][0]["sid"] == at(alice, "phone"))
        assert len(now["who"]) == 1


async def test_a_socket_that_comes_back_keeps_its_place_and_one_that_does_not_loses_it(
    alice: User, bob: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voice, "RECONNECT_S", 2.0)
    async with sitting(alice, room) as watcher:
        await speak(watcher, room)
        async with sitting(bob, room) as viewer:
            await speak(viewer, room, talk=True)
            await watcher.until("voice", lambda frame: frame["who"][-1]["talking"])
        await watcher.until("voice", lambda frame: len(frame["who"]) == 2 and not frame["who"][-1]["talking"])
        async with sitting(bob, room) as back:
            await back.hello(room, sid="tab")
            await back.send({"t": "voice", "on": True, "talk": True})
            await watcher.until("voice", lambda frame: len(frame["who"]) == 2 and frame["who"][-1]["talking"])
            heard = await watcher.hear_for(3)
            assert not [frame for frame in heard if frame["t"] == "voice"]
        await hears(watcher, alice)


async def test_the_kicked_are_out_of_voice(alice: User, bob: User, room: Room) -> None:
    async with sitting(alice, room) as first, sitting(bob, room) as second:
        await speak(first, room)
        await speak(second, room)
        await hears(first, alice, bob)
        await first.send({"t": "kick", "uid": str(bob.pk)})
        await hears(first, alice)
        assert await second.closed() == 4003


async def test_the_list_is_repeated_for_other_processes(alice: User, room: Room) -> None:
    place = {"id": "p", "sid": "p:1", "since_ms": 1.0, "talking": True}
    async with sitting(alice, room) as viewer:
        await viewer.hello(room, sid="tab")
        heard = {"t": "voice", "room": str(room.pk), "who": [place], "from": "another"}
        await publish_now(room_group(room.pk), heard)
        shown = await viewer.until("voice")
        assert shown["who"] == [{"id": "p", "sid": "p:1", "talking": True}]


async def test_who_may_talk_is_said_for_people_of_the_room_only(alice: User, bob: User, room: Room) -> None:
    charlie = await sync_to_async(person)("charlie")
    found = await sync_to_async(services.may_talk)(room_id=room.pk, user_ids=[alice.pk, bob.pk, charlie.pk])
    assert found == {alice.pk, bob.pk}
