"""Replies, changes and reactions over the room socket of the real application."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import sync_to_async

from apps.accounts.models import User
from apps.common.errors import Unavailable
from apps.common.events import publish_now, room_group
from apps.rooms import live, selectors
from apps.rooms.domain.talk import Emoji, Place
from apps.rooms.models import FilmReaction, Membership, Room, RoomEvent
from apps.rooms.services import Kept
from consumers.desk import Desk
from consumers.reactions import WAITING_MAX, Basket
from tests.rooms_double import START
from tests.rooms_party import Viewer, sitting

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("tidied_rooms", "collected")]


async def answer(viewer: Viewer, **frame: Any) -> dict[str, Any]:
    await viewer.send(frame)
    return await viewer.until("res", lambda res: res["cid"] == frame.get("cid"))


async def event(viewer: Viewer, kind: str) -> dict[str, Any]:
    return await viewer.until("ev", lambda frame: frame["k"] == kind)


async def test_a_message_is_answered_changed_and_removed_before_everybodys_eyes(
    alice: User, bob: User, room: Room
) -> None:
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        await one.hello(room)
        await two.hello(room)
        await answer(two, t="chat", cid="c1", text="helo", mt=12.5)
        first = (await event(one, "chat"))["seq"]
        await answer(one, t="chat", cid="c2", text="hi", mt=13, reply=first)
        assert (await two.until("ev", lambda frame: frame.get("cid") == "c2"))["reply"] == first
        assert (await answer(two, t="chat.edit", cid="c3", seq=first, text="hello"))["ok"]
        edited = await event(one, "edited")
        assert (edited["reply"], edited["text"]) == (first, "hello")
        assert (await answer(one, t="chat.react", cid="c4", seq=first, e="heart", on=True))["ok"]
        reacted = await event(two, "reacted")
        assert (reacted["reply"], reacted["by"], reacted["data"]) == (
            first, str(alice.pk), {"emoji": "heart", "on": "yes"},
        )  # fmt: skip
        assert (await answer(one, t="chat.del", cid="c5", seq=first))["ok"]
        assert (await event(two, "deleted"))["reply"] == first
    assert (await RoomEvent.objects.aget(room=room, seq=first)).text == ""


async def test_the_same_frame_twice_tells_everybody_once(alice: User, bob: User, room: Room) -> None:
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        await one.hello(room)
        await two.hello(room)
        await answer(one, t="chat", cid="c1", text="one", mt=0)
        seq = (await event(two, "chat"))["seq"]
        frames = [
            {"t": "chat.edit", "cid": "c2", "seq": seq, "text": "two"},
            {"t": "chat.react", "cid": "c3", "seq": seq, "e": "wow", "on": True},
            {"t": "chat.del", "cid": "c4", "seq": seq},
        ]
        for frame in [*frames, *frames]:
            assert (await answer(one, **frame))["ok"]
        heard = [frame["k"] for frame in await two.hear_for(0.3) if frame["t"] == "ev"]
    assert heard == ["edited", "reacted", "deleted"]


async def test_refusals_are_sentences_for_the_sender_only(alice: User, bob: User, room: Room) -> None:
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        await one.hello(room)
        await two.hello(room)
        await answer(one, t="chat", cid="c1", text="one", mt=0)
        seq = (await event(two, "chat"))["seq"]
        await two.hear_for(0.1)
        for number, (frame, code) in enumerate(
            [
                ({"t": "chat", "text": "x", "mt": 0, "reply": 999}, "no_such_message"),
                ({"t": "chat.edit", "seq": seq, "text": "x"}, "not_allowed"),
                ({"t": "chat.edit", "seq": seq, "text": "  "}, "bad_frame"),
                ({"t": "chat.del", "seq": seq}, "not_allowed"),
                ({"t": "chat.react", "seq": 999, "e": "wow", "on": True}, "no_such_message"),
                ({"t": "chat.react", "seq": seq, "e": "skull", "on": True}, "bad_frame"),
            ]
        ):
            refusal = await answer(two, cid=f"bad-{number}", **frame)
            assert (refusal["ok"], refusal["err"]["code"]) == (False, code), frame
            assert refusal["err"]["message"].endswith(".")
        await two.send({"t": "react", "e": "skull", "mt": 1})
        assert (await two.until("res", lambda res: res["cid"] is None))["ok"] is False
        heard = await one.hear_for(1.5)
    assert not [frame for frame in heard if frame["t"] in {"ev", "reacts"}]


async def test_nobody_talks_before_hello(alice: User, room: Room) -> None:
    async with sitting(alice, room) as viewer:
        for number, frame in enumerate(
            [
                {"t": "chat.edit", "cid": "c", "seq": 1, "text": "x"},
                {"t": "chat.del", "cid": "c", "seq": 1},
                {"t": "chat.react", "cid": "c", "seq": 1, "e": "wow", "on": True},
                {"t": "react", "e": "wow", "mt": 1},
            ]
        ):
            await viewer.send(frame)
            assert (await viewer.until("res"))["err"]["code"] == "hello_first", number


async def test_reactions_on_the_film_come_once_a_second_as_sums_and_are_kept(
    alice: User, bob: User, room: Room
) -> None:
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        await one.hello(room)
        await two.hello(room)
        for viewer in (one, two, two):
            await viewer.send({"t": "react", "e": "laugh", "mt": 61.9})
        got = 0
        while got < 3:
            for burst in (await one.until("reacts"))["m"]:
                assert (burst["e"], burst["mt"]) == ("laugh", 61)
                got += burst["n"]
        assert got == 3
        await two.until("reacts")
    kept = await FilmReaction.objects.aget(room=room)
    assert (kept.second, kept.count) == (61, 3)


async def test_who_reacts_like_mad_is_slowed_down(alice: User, bob: User, room: Room) -> None:
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        await one.hello(room)
        await two.hello(room)
        for _ in range(20):
            await two.send({"t": "react", "e": "fire", "mt": 5})
        assert (await two.until("res"))["err"]["code"] == "too_many"
        heard = await one.hear_for(2.5)
    frames = [frame for frame in heard if frame["t"] == "reacts"]
    assert 1 <= len(frames) <= 3
    assert sum(burst["n"] for frame in frames for burst in frame["m"]) <= 11


async def test_who_may_not_react_is_told_so_and_nobody_sees_it(alice: User, bob: User, room: Room) -> None:
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        await one.hello(room)
        await two.hello(room)
        await Membership.objects.filter(room=room, user=bob).adelete()
        await two.send({"t": "react", "e": "wow", "mt": 5})
        refusal = await two.until("res")
        assert (refusal["ok"], refusal["err"]["code"]) == (False, "not_allowed")
        heard = await one.hear_for(0.3)
    assert not [frame for frame in heard if frame["t"] in {"reacts", "res"}]
    assert not await FilmReaction.objects.filter(room=room).aexists()


async def test_reactions_wait_for_a_database_that_is_away(
    alice: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = live.keep_film_reactions, []

    async def away_at_first(**call: Any) -> Any:
        calls.append(call)
        if len(calls) < 2:
            raise Unavailable("The server's database does not answer. Try again in a moment.")
        return await real(**call)

    monkeypatch.setattr(live, "keep_film_reactions", away_at_first)
    async with sitting(alice, room) as one:
        await one.hello(room)
        await one.send({"t": "react", "e": "sad", "mt": 5})
        assert (await one.until("reacts"))["m"] == [{"e": "sad", "mt": 5, "n": 1}]
    assert (await FilmReaction.objects.aget(room=room)).count == 1


async def test_what_waits_for_a_database_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(**_call: Any) -> Any:
        raise Unavailable("The server's database does not answer. Try again in a moment.")

    monkeypatch.setattr(live, "keep_film_reactions", away)
    basket = Basket()
    for start in (0, WAITING_MAX):
        for second in range(start, start + WAITING_MAX):
            basket.add(UUID(int=1), Emoji.WOW, second)
        await basket.keep(UUID(int=2))
    assert len(basket.waiting) == WAITING_MAX


def test_reactions_on_a_film_do_not_count_on_the_next_one() -> None:
    desk = Desk(UUID(int=2))
    desk.note(START)
    desk.reactions.add(UUID(int=1), Emoji.WOW, 7)
    desk.note(replace(START, rev=START.rev + 1, position_ms=9_000))
    assert not desk.reactions.is_empty
    desk.note(replace(START, rev=START.rev + 2, item="another film"))
    assert desk.reactions.is_empty


async def test_what_was_kept_of_a_film_that_is_over_meanwhile_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    basket = Basket(item="one film")

    async def until_the_next_film(**_call: Any) -> Kept:
        basket.follow("another film")
        return Kept({Place(Emoji.WOW, 7): 1}, frozenset({UUID(int=3)}))

    monkeypatch.setattr(live, "keep_film_reactions", until_the_next_film)
    basket.add(UUID(int=1), Emoji.WOW, 7)
    assert await basket.keep(UUID(int=2)) == Kept({}, frozenset({UUID(int=3)}))
    assert basket.is_empty


async def test_another_process_that_is_in_another_film_is_not_heard(alice: User, room: Room) -> None:
    async with sitting(alice, room) as one:
        item = (await one.hello(room))["tl"]["item"]
        for number, told in enumerate(({"item": "another film"}, {}, {"item": item}), start=1):
            burst = {"e": "wow", "mt": 7, "n": number}
            frame = {"t": "reacts", "room": str(room.pk), "from": "another process", "m": [burst], **told}
            await publish_now(room_group(room.pk), frame)
        assert (await one.until("reacts"))["m"] == [{"e": "wow", "mt": 7, "n": 3}]


async def test_a_reaction_does_not_wait_behind_a_message(
    alice: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, thawed, say = asyncio.Event(), asyncio.Event(), live.say

    async def slow(**said: Any) -> Any:
        asked.set()
        await thawed.wait()
        return await say(**said)

    monkeypatch.setattr(live, "say", slow)
    async with sitting(alice, room) as one:
        await one.hello(room)
        await one.send({"t": "chat", "cid": "c", "text": "look", "mt": 5})
        await asked.wait()
        await one.send({"t": "react", "e": "wow", "mt": 5})
        assert (await one.until("reacts"))["m"] == [{"e": "wow", "mt": 5, "n": 1}]
        thawed.set()
        await event(one, "chat")


async def test_a_newcomer_gets_messages_as_they_stand_now(alice: User, bob: User, room: Room) -> None:
    async with sitting(alice, room) as one:
        await one.hello(room)
        await answer(one, t="chat", cid="c1", text="old", mt=0)
        seq = (await event(one, "chat"))["seq"]
        await answer(one, t="chat.edit", cid="c2", seq=seq, text="new")
        await answer(one, t="chat.react", cid="c3", seq=seq, e="wow", on=True)
        async with sitting(bob, room) as two:
            newest = (await two.hello(room))["events"][-1]
    assert (newest["k"], newest["text"], newest["data"]["wow"]) == ("chat", "new", str(alice.pk))
    assert (await sync_to_async(selectors.entrance)(room.pk, bob.pk, None)).seq == seq + 2
