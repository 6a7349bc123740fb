"""The updates socket: a snapshot first, then pushes to this person only, and out when signed out."""

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.common.events import publish, user_group
from consumers import doorkeeper, hub
from tests.rooms_party import sitting, socket_to, ticket_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("tidied_rooms", "collected")]


async def test_the_first_frame_says_how_things_are(alice: User) -> None:
    async with sitting(alice, None) as viewer:
        snapshot = await viewer.until("snap")
    assert (snapshot["requests"], snapshot["unread"]) == ([], 0)


async def test_a_push_reaches_its_person_and_nobody_else(alice: User, bob: User) -> None:
    async with sitting(alice, None) as hers, sitting(bob, None) as his:
        await hers.until("snap")
        await his.until("snap")
        frame = {"t": "prog", "id": "1", "n": 2, "p": 0.5, "bps": None, "eta": None, "rungs": []}
        await sync_to_async(publish)(user_group(alice.pk), frame)
        assert await hers.until("prog") == frame
        assert await his.hear_for(0.3) == []


async def test_a_push_waits_for_the_commit(alice: User) -> None:
    def roll_back() -> None:
        with transaction.atomic():
            publish(user_group(alice.pk), {"t": "prog", "id": "never"})
            transaction.set_rollback(True)

    async with sitting(alice, None) as viewer:
        await viewer.until("snap")
        await sync_to_async(roll_back)()
        assert await viewer.hear_for(0.3) == []


async def test_whoever_signs_out_everywhere_is_out_at_once(alice: User) -> None:
    async with sitting(alice, None) as viewer:
        await viewer.until("snap")
        await sync_to_async(accounts.sign_out_everywhere)(alice.pk)
        assert await viewer.closed(limit_s=5) == 4001


async def test_who_may_not_stay_is_found_without_a_push(
    alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doorkeeper, "ROUND_S", 0.05)
    monkeypatch.setattr(doorkeeper, "RECHECK_S", 0.2)
    async with sitting(alice, None) as hers, sitting(bob, None) as his:
        await hers.until("snap")
        await his.until("snap")
        await User.objects.filter(pk=alice.pk).aupdate(is_active=False)
        assert await hers.closed(limit_s=5) == 4001
        assert all(frame["t"] != "bye" for frame in await his.hear_for(0.5))


async def test_a_room_ticket_opens_no_updates(alice: User) -> None:
    socket = socket_to("/ws/updates", subprotocols=["matinee.v1", "ticket.made-up"])
    await socket.connect()
    assert (await socket.receive_output(5))["type"] == "websocket.send"
    assert (await socket.receive_output(5)) == {"type": "websocket.close", "code": 4001}
    await socket.disconnect()


async def test_two_tabs_both_hear_and_leaving_one_keeps_the_other(alice: User) -> None:
    async with sitting(alice, None) as one:
        await one.until("snap")
        async with sitting(alice, None) as two:
            await two.until("snap")
        await asyncio.sleep(0.1)
        await sync_to_async(publish)(user_group(alice.pk), {"t": "note", "id": "1"})
        assert (await one.until("note"))["id"] == "1"
        assert len(hub.current().bus.handlers[user_group(alice.pk)]) == 1
    assert user_group(alice.pk) not in hub.current().bus.handlers


async def test_a_client_that_talks_here_is_shown_out(alice: User) -> None:
    async with sitting(alice, None) as viewer:
        await viewer.until("snap")
        for _ in range(40):
            await viewer.send("poison")
        assert await viewer.closed() == 4029


async def test_a_ticket_is_bought_per_socket(alice: User) -> None:
    assert await ticket_for(alice, room=None) != await ticket_for(alice, room=None)
