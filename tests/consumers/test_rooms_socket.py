"""The room socket against the real application: no server, real Postgres, real Redis."""

import asyncio
import json
import time
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from apps.accounts.models import User
from apps.common.errors import Unavailable
from apps.common.events import publish_now, room_group
from apps.rooms import live, services
from apps.rooms.adapters.room_clock import RoomClock
from apps.rooms.domain.members import Permission, Preset
from apps.rooms.domain.playback import Cause, Timeline
from apps.rooms.models import Room, RoomEvent, RoomTimeline
from apps.rooms.selectors import Entrance, News
from apps.streaming.domain.ladder import Mode
from apps.streaming.domain.priorities import Priority
from apps.streaming.domain.states import AssetState, RenditionState
from apps.streaming.models import MediaAsset, Rendition, TitleCare, WorkUnit
from consumers import hub, outlook, presence, pulse
from tests.product import wait_for
from tests.rooms_party import Viewer, guest_of, room_of, sitting, socket_to, ticket_for
from tests.streaming_rows import add_track, unit_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("tidied_rooms", "collected")]


async def greet(viewer: Viewer, room: Room) -> int:
    """Say hello; the revision to base commands on."""
    return (await viewer.hello(room))["tl"]["rev"]


async def test_one_welcome_carries_everything(alice: User, room: Room) -> None:
    async with sitting(alice, room) as viewer:
        welcome = await viewer.hello(room, sid="tab-1")
    assert welcome["you"] == {
        "id": str(alice.pk),
        "name": "Alice",
        "role": "owner",
        "guest": False,
        "can": sorted(permission.value for permission in Permission),
    }
    assert welcome["room"]["title"]["name"] == "Night Train"
    assert welcome["tl"]["playing"] is False
    assert [event["k"] for event in welcome["events"]] == ["joined", "joined"]
    assert welcome["seq"] == 2
    assert abs(welcome["now"] - time.time() * 1000) < 1000
    assert [member["id"] for member in welcome["members"]] == [str(alice.pk)]


async def test_the_clock_answers_in_room_time(alice: User, room: Room) -> None:
    async with sitting(alice, room) as viewer:
        await viewer.hello(room)
        await viewer.send({"t": "clk", "n": 7, "c": 12.5})
        answer = await viewer.until("clk")
    assert (answer["n"], answer["c"]) == (7, 12.5)
    assert abs(answer["r"] - time.time() * 1000) < 500
    assert 0 <= answer["x"] - answer["r"] < 50


async def test_a_process_that_does_not_know_the_time_yet_tells_nobody_another(
    alice: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own clock counts from the start of the machine: a page that took it for room time would wait for decades."""
    monkeypatch.setattr(live, "room_clock", RoomClock())
    async with sitting(alice, room) as viewer:
        await viewer.send({"t": "clk", "n": 1, "c": 1})
        await viewer.hello(room)
        await viewer.send({"t": "clk", "n": 2, "c": 2})
        answer = await viewer.until("clk")
    assert answer["n"] == 2
    assert abs(answer["r"] - time.time() * 1000) < 500


async def test_play_pause_and_seek_by_either_reach_both(alice: User, bob: User, room: Room) -> None:
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        rev = await greet(one, room)
        await greet(two, room)
        assert (await one.cmd("play", rev))["ok"] is True
        for viewer in (one, two):
            tl = await viewer.until("tl", lambda frame: frame["rev"] == rev + 1)
            assert (tl["playing"], tl["cause"], tl["by"]) == (True, "play", str(alice.pk))
        await two.cmd("seek", rev + 1, position=120.5)
        for viewer in (one, two):
            assert (await viewer.until("tl"))["position_ms"] == 120_500
        await two.cmd("pause", rev + 2)
        for viewer in (one, two):
            tl = await viewer.until("tl")
            assert (tl["playing"], tl["rev"]) == (False, rev + 3)


async def test_two_people_who_press_pause_end_paused(alice: User, bob: User, room: Room) -> None:
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        rev = await greet(one, room)
        await greet(two, room)
        await one.cmd("play", rev)
        await two.until("tl")
        first, second = await asyncio.gather(one.cmd("pause", rev + 1), two.cmd("pause", rev + 1))
    assert first["ok"]
    assert second["ok"]
    assert [first.get("superseded"), second.get("superseded")].count(True) == 1
    timeline = await RoomTimeline.objects.aget(room=room)
    assert (timeline.playing, timeline.rev) == (False, rev + 2)


async def test_a_command_that_arrives_twice_has_one_effect(alice: User, room: Room) -> None:
    async with sitting(alice, room) as viewer:
        rev = await greet(viewer, room)
        first = await viewer.cmd("seek", rev, position=10, cid="same")
        await viewer.cmd("play", rev + 1)
        again = await viewer.cmd("seek", rev, position=10, cid="same")
    assert first["ok"]
    assert again["ok"]
    timeline = await RoomTimeline.objects.aget(room=room)
    assert (timeline.rev, timeline.playing) == (rev + 2, True)


async def test_chat_reaches_both_once_and_is_kept(alice: User, bob: User, room: Room) -> None:
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        await greet(one, room)
        await greet(two, room)
        for _ in range(2):
            await two.send({"t": "chat", "cid": "c1", "text": "Hello <b>you</b> ❤️", "mt": 12.5})
            assert (await two.until("res"))["ok"] is True
        event = await one.until("ev")
        assert (event["k"], event["text"], event["name"]) == ("chat", "Hello <b>you</b> ❤️", "Bob")
        assert event["position_s"] == 12.5
        later = [frame for frame in await one.hear_for(0.3) if frame["t"] == "ev"]
    assert later == []
    assert await RoomEvent.objects.filter(room=room, kind="chat").acount() == 1


@pytest.mark.parametrize("position", ["NaN", "Infinity", "1e400", "-1", "1e300", '"12"', "null"])
async def test_a_position_that_is_no_position_is_refused_to_its_sender_only(
    alice: User, bob: User, room: Room, position: str
) -> None:
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        rev = await greet(one, room)
        await greet(two, room)
        await two.send(f'{{"t":"cmd","cid":"x","base":{rev},"op":"seek","position":{position}}}')
        refusal = await two.until("res")
        assert refusal["ok"] is False
        assert refusal["err"]["message"].endswith(".")
        heard = await one.hear_for(0.2)
    assert not [frame for frame in heard if frame["t"] in {"tl", "ev", "res"}]
    assert (await RoomTimeline.objects.aget(room=room)).rev == rev


@pytest.mark.parametrize("text", [" ", "[]", "{", '{"t":"launch"}', '{"t":["cmd"]}', "[" * 8000, "null"])
async def test_frames_that_are_no_frames_are_refused_and_the_socket_lives(alice: User, room: Room, text: str) -> None:
    async with sitting(alice, room) as viewer:
        await greet(viewer, room)
        await viewer.send(text)
        assert (await viewer.until("res"))["ok"] is False
        await viewer.send({"t": "clk", "n": 1, "c": 1})
        await viewer.until("clk")


@pytest.mark.parametrize("text", ["x" * 1_000_000, "x" * 8_192, "\N{CLAPPER BOARD}" * 2_048])
async def test_a_frame_that_is_too_large_closes_its_socket_and_no_other(
    alice: User, bob: User, room: Room, text: str
) -> None:
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        rev = await greet(one, room)
        await greet(two, room)
        await two.send(json.dumps({"t": "chat", "cid": "c", "text": text, "mt": 0}, ensure_ascii=False))
        assert (await two.until("bye"))["code"] == 4029
        assert await two.closed() == 4029
        assert (await one.cmd("play", rev))["ok"] is True


async def test_who_floods_is_slowed_down_and_then_shown_out(alice: User, room: Room) -> None:
    async with sitting(alice, room) as viewer:
        await greet(viewer, room)
        for _ in range(40):
            await viewer.send("poison")
        assert await viewer.closed() == 4029
    codes = {frame["err"]["code"] for frame in viewer.frames if frame["t"] == "res"}
    assert codes == {"bad_frame", "too_many"}


async def test_commands_before_hello_are_refused(alice: User, room: Room) -> None:
    async with sitting(alice, room) as viewer:
        answer = await viewer.cmd("play", 1)
    assert answer["err"]["code"] == "hello_first"


async def test_charlie_is_refused_with_4003(charlie: User, room: Room) -> None:
    async with sitting(charlie, room) as viewer:
        await viewer.send({"t": "hello", "v": 1, "room": str(room.pk)})
        assert (await viewer.until("bye"))["code"] == 4003
        assert await viewer.closed() == 4003


async def test_a_ticket_works_once(alice: User, room: Room) -> None:
    ticket = await ticket_for(alice, room=room)
    subprotocols = ["matinee.v1", f"ticket.{ticket}"]
    first, second = (Viewer(socket_to(f"/ws/rooms/{room.pk}", subprotocols=subprotocols)) for _ in range(2))
    await first.socket.connect()
    await first.hello(room)
    await second.socket.connect()
    assert await second.closed() == 4001
    for viewer in (first, second):
        await viewer.socket.disconnect()


async def test_a_ticket_for_updates_opens_no_room(alice: User, room: Room) -> None:
    ticket = await ticket_for(alice, room=None)
    socket = socket_to(f"/ws/rooms/{room.pk}", subprotocols=["matinee.v1", f"ticket.{ticket}"])
    await socket.connect()
    assert await Viewer(socket).closed() == 4001
    await socket.disconnect()


@pytest.mark.parametrize(
    ("origin", "is_let_in"),
    [
        ("http://localhost:8000", True),
        ("http://localhost:8001", False),
        ("https://localhost:8000", True),
        ("http://evil.example", False),
        ("null", False),
        ("", False),
    ],
)
async def test_the_full_origin_counts(alice: User, room: Room, origin: str, is_let_in: bool) -> None:
    ticket = await ticket_for(alice, room=room)
    socket = socket_to(f"/ws/rooms/{room.pk}", subprotocols=["matinee.v1", f"ticket.{ticket}"], origin=origin)
    connected, _ = await socket.connect()
    assert connected is is_let_in
    if connected:
        await socket.disconnect()


async def test_without_the_subprotocol_nobody_gets_in(alice: User, room: Room) -> None:
    socket = socket_to(f"/ws/rooms/{room.pk}", subprotocols=[f"ticket.{await ticket_for(alice, room=room)}"])
    connected, _ = await socket.connect()
    assert connected is False


async def test_who_comes_back_gets_what_was_missed_in_order(alice: User, bob: User, room: Room) -> None:
    async with sitting(alice, room) as one:
        async with sitting(bob, room) as two:
            welcome = await two.hello(room, sid="tab-b")
        rev = await greet(one, room)
        await one.cmd("play", rev)
        for n in range(3):
            await one.send({"t": "chat", "cid": f"c{n}", "text": f"line {n}", "mt": 1})
            await one.until("res")
        last = {"epoch": welcome["tl"]["epoch"], "rev": welcome["tl"]["rev"], "seq": welcome["seq"]}
        async with sitting(bob, room) as two:
            back = await two.hello(room, sid="tab-b", last=last)
    assert back["resumed"] is True
    assert [event["k"] for event in back["events"]] == ["played", "chat", "chat", "chat"]
    assert [event["seq"] for event in back["events"]] == list(range(welcome["seq"] + 1, welcome["seq"] + 5))
    assert back["tl"]["playing"] is True


async def test_the_kicked_leave_with_4003_and_stay_out(alice: User, bob: User, room: Room) -> None:
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        await greet(one, room)
        await greet(two, room)
        await one.send({"t": "kick", "uid": str(bob.pk), "cid": "k"})
        assert (await one.until("res"))["ok"] is True
        assert await two.closed() == 4003
        async with sitting(bob, room) as again:
            await again.send({"t": "hello", "v": 1, "room": str(room.pk)})
            assert await again.closed() == 4003


async def test_who_opens_a_room_in_too_many_tabs_is_told_to_close_one(alice: User, room: Room) -> None:
    async with AsyncExitStack() as tabs:
        for number in range(hub.SOCKETS_PER_PERSON):
            await (await tabs.enter_async_context(sitting(alice, room))).hello(room, sid=f"tab-{number}")
        one_more = await tabs.enter_async_context(sitting(alice, room))
        await one_more.send({"t": "hello", "v": 1, "room": str(room.pk), "sid": "one-more"})
        assert "Close a tab" in (await one_more.until("bye"))["why"]
        assert await one_more.closed() == 4029


async def test_a_member_cannot_kick_the_owner(alice: User, bob: User, room: Room) -> None:
    async with sitting(bob, room) as two:
        await greet(two, room)
        await two.send({"t": "kick", "uid": str(alice.pk), "cid": "k"})
        assert (await two.until("res"))["err"]["code"] == "forbidden"


async def test_when_the_host_drives_the_others_talk(alice: User, bob: User) -> None:
    room = await sync_to_async(room_of)(alice, bob, preset=Preset.HOST_DRIVES)
    async with sitting(bob, room) as two:
        rev = await greet(two, room)
        assert (await two.cmd("play", rev))["err"]["code"] == "not_allowed"
        await two.send({"t": "chat", "cid": "c", "text": "please play", "mt": 0})
        assert (await two.until("res"))["ok"] is True


async def test_closing_the_room_sends_everybody_home(alice: User, bob: User, room: Room) -> None:
    async with sitting(bob, room) as two:
        await greet(two, room)
        await sync_to_async(services.close_room)(room_id=room.pk, by=alice.pk)
        assert await two.closed() == 4004


async def test_a_guest_watches_and_talks(alice: User, room: Room) -> None:
    guest = await sync_to_async(guest_of)(room)
    async with sitting(guest, room) as viewer:
        welcome = await viewer.hello(room)
        assert (welcome["you"]["role"], welcome["you"]["guest"]) == ("guest", True)
        assert (await viewer.cmd("play", welcome["tl"]["rev"]))["ok"] is True


async def test_presence_says_who_buffers_who_is_away_and_who_left(alice: User, bob: User, room: Room) -> None:
    st = {"t": "st", "rev": 1, "e": 0.01, "buf": 12.0, "stall": False, "rate": 1, "level": 0, "rtt": 40, "vis": True}

    def bob_is(state: str) -> object:
        return lambda frame: any(m["id"] == str(bob.pk) and m["state"] == state for m in frame["m"])

    async with sitting(alice, room) as one:
        await greet(one, room)
        async with sitting(bob, room) as two:
            await greet(two, room)
            await one.until("pres", bob_is("playing"))
            await two.send({**st, "stall": True})
            await one.until("pres", bob_is("buffering"))
            await two.send({**st, "vis": False})
            await one.until("pres", bob_is("away"))
        await one.until("pres", bob_is("reconnecting"))
        await one.until("pres", bob_is("left"), limit_s=20)


async def test_whoever_is_here_stays_in_sight_while_the_database_is_frozen(
    alice: User, bob: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, thawed = [], asyncio.Event()

    async def frozen(**_given: Any) -> None:
        asked.append(1)
        await thawed.wait()
        raise Unavailable("The server's database does not answer.")

    async with sitting(alice, room) as one, sitting(bob, room) as two:
        await greet(one, room)
        await greet(two, room)
        for name in ("marks", "probe_clock", "begin_wait", "look_ahead"):
            monkeypatch.setattr(live, name, lambda *_args, **given: frozen(**given))
        monkeypatch.setattr(pulse, "CLOCK_S", 0)
        monkeypatch.setattr(pulse, "AUDIT_S", 0)
        st = {"t": "st", "rev": 1, "e": 0.0, "buf": 0.0, "stall": True, "rate": 1, "level": 0, "rtt": 40}
        for vis, state in ((True, "buffering"), (False, "away"), (True, "buffering")):
            await two.send({**st, "vis": vis})
            await one.until("pres", lambda f, s=state: any(m["id"] == str(bob.pk) and m["state"] == s for m in f["m"]))
        assert len(asked) <= 4, "each look is begun again only after it has ended"
        thawed.set()


async def test_other_processes_are_heard_while_the_database_is_frozen(
    alice: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen, thawed = live.news, asyncio.Event()

    async def news(**wanted: Any) -> News:
        await thawed.wait()
        return await frozen(**wanted)

    async with sitting(alice, room) as one:
        await greet(one, room)
        monkeypatch.setattr(live, "news", news)
        group, message = room_group(room.pk), services.Message("c", "hi", 1.0, None)
        event = await sync_to_async(services.say)(room_id=room.pk, person=alice.as_person(), message=message)
        for frame in ({"t": "wake"}, {"t": "wake"}, {"t": "typing", "id": "somebody"}):
            await publish_now(group, {**frame, "room": str(room.pk), "from": "another process"})
        await one.until("typing")
        thawed.set()
        assert (await one.until("ev", lambda frame: frame["k"] == "chat"))["seq"] == event.seq
        assert not [frame for frame in await one.hear_for(1.5) if frame["t"] == "ev"], "each event once"


async def test_typing_reaches_the_others_only(alice: User, bob: User, room: Room) -> None:
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        await greet(one, room)
        await greet(two, room)
        await two.send({"t": "typing"})
        assert (await one.until("typing"))["id"] == str(bob.pk)
        assert not [frame for frame in await two.hear_for(0.2) if frame["t"] == "typing"]


async def test_a_room_that_everybody_left_rests(alice: User, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "RECONNECT_S", 0.5)
    monkeypatch.setattr(hub, "REPEAT_S", 0.1)
    monkeypatch.setattr(pulse, "REPEAT_S", 0.1)
    async with sitting(alice, room) as one:
        await one.cmd("play", await greet(one, room))
    for _ in range(50):
        await asyncio.sleep(0.2)
        timeline = await RoomTimeline.objects.aget(room=room)
        if not timeline.playing:
            break
    assert not timeline.playing
    assert timeline.position_ms < 3_000


async def test_a_stranger_at_the_door_does_not_stop_the_film(charlie: User, room: Room) -> None:
    """Alice may be watching on another process that this one has not heard of yet."""
    await RoomTimeline.objects.filter(room=room).aupdate(playing=True)
    async with sitting(charlie, room) as viewer:
        await viewer.send({"t": "hello", "v": 1, "room": str(room.pk)})
        assert await viewer.closed() == 4003
    await asyncio.sleep(2.5)
    assert (await RoomTimeline.objects.aget(room=room)).playing is True


@pytest.mark.parametrize("path", ["/ws/", "/ws/rooms/1", "/ws/rooms/../updates", "/elsewhere"])
async def test_other_paths_are_refused(alice: User, path: str) -> None:
    socket = socket_to(path, subprotocols=["matinee.v1"])
    connected, _ = await socket.connect()
    assert connected is False


async def test_frames_after_a_bad_ticket_are_forgotten(room: Room) -> None:
    socket = socket_to(f"/ws/rooms/{room.pk}", subprotocols=["matinee.v1", "ticket.made-up"])
    await socket.connect()
    viewer = Viewer(socket)
    await viewer.send({"t": "hello", "v": 1, "room": str(room.pk)})
    assert await viewer.closed() == 4001
    assert [frame["t"] for frame in viewer.frames] == ["bye"]


async def test_who_goes_while_the_door_opens_leaves_nobody_behind(
    alice: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, opens = asyncio.Event(), asyncio.Event()
    enter = live.enter

    async def slow_enter(**wanted: Any) -> Entrance:
        asked.set()
        await opens.wait()
        return await enter(**wanted)

    monkeypatch.setattr(live, "enter", slow_enter)
    async with sitting(alice, room) as viewer:
        await viewer.send({"t": "hello", "v": 1, "room": str(room.pk)})
        await asked.wait()
        desk = hub.current().desks[room.pk]
        await viewer.socket.send_input({"type": "websocket.disconnect", "code": 1006})
        opens.set()
        for _ in range(100):
            if desk.presence.parted:
                break
            await asyncio.sleep(0.05)
    assert not desk.sockets
    assert not desk.presence.local
    assert desk.presence.parted


@pytest.mark.parametrize("frame", [{"t": "hello", "v": 1, "room": "x" * 36}, {"t": "kick", "uid": "x" * 36}])
async def test_an_id_that_is_none_is_refused(alice: User, room: Room, frame: dict[str, Any]) -> None:
    async with sitting(alice, room) as viewer:
        await greet(viewer, room)
        await viewer.send(frame)
        assert (await viewer.until("res"))["err"]["message"] == "This is not an id."


async def test_a_hello_that_is_said_again_is_welcomed_again(alice: User, room: Room) -> None:
    async with sitting(alice, room) as one:
        first = await one.hello(room, sid="tab")
        again = await one.hello(room, sid="tab")
        assert again["seq"] == first["seq"]
        for text in ("one", "two"):
            await one.send({"t": "chat", "cid": text, "text": text, "mt": 1})
            await one.until("res", lambda frame, cid=text: frame["cid"] == cid)
        said = [frame["text"] for frame in one.frames if frame["t"] == "ev" and frame["k"] == "chat"]
        assert said == ["one", "two"]


async def test_five_tabs_may_each_say_hello_again(alice: User, room: Room) -> None:
    async with AsyncExitStack() as stack:
        tabs = [await stack.enter_async_context(sitting(alice, room)) for _ in range(hub.SOCKETS_PER_PERSON)]
        for number, tab in enumerate(tabs):
            await tab.hello(room, sid=f"tab{number}")
        assert (await tabs[0].hello(room, sid="tab0"))["t"] == "welcome"


async def test_a_hello_after_the_goodbye_opens_nothing(room: Room) -> None:
    socket = socket_to(f"/ws/rooms/{room.pk}", subprotocols=["matinee.v1", "ticket.made-up"])
    await socket.connect()
    viewer = Viewer(socket)
    assert await viewer.closed() == 4001
    await viewer.send({"t": "hello", "v": 1, "room": str(room.pk)})
    await viewer.hear_for(0.2)
    assert room.pk not in hub.current().desks


async def test_a_room_with_people_keeps_its_film_and_has_what_comes_next_made_first(alice: User, room: Room) -> None:
    def film_in_the_making() -> None:
        asset = MediaAsset.objects.create(title=room.title, source="/x", state=AssetState.PLAYABLE, duration_s=11.0)
        unit_of(add_track(asset, "v480", state=RenditionState.BUILDING, done=0, mode=Mode.ENCODE))

    def is_seen_to() -> bool:
        held = TitleCare.objects.filter(title=room.title_id, held_until__gt=timezone.now() + timedelta(minutes=5))
        return held.exists() and WorkUnit.objects.filter(priority=Priority.SOON).exists()

    await sync_to_async(film_in_the_making)()
    async with sitting(alice, room) as viewer:
        rev = await greet(viewer, room)
        await viewer.cmd("play", rev)
        await sync_to_async(wait_for)("the makers to hear of the room", is_seen_to, limit_s=10)


async def test_a_rung_on_demand_that_a_member_watches_is_made_ahead_of_the_room(alice: User, room: Room) -> None:
    def film_with_two_rungs() -> None:
        asset = MediaAsset.objects.create(title=room.title, source="/x", state=AssetState.PLAYABLE, duration_s=11.0)
        add_track(asset, "v480", state=RenditionState.BUILDING, done=0, mode=Mode.ENCODE)
        light = add_track(asset, "v240", state=RenditionState.PLANNED, done=0, mode=Mode.ENCODE)
        recipe = light.recipe_data | {"height": 240}
        Rendition.objects.filter(pk=light.pk).update(on_demand=True, recipe_data=recipe)

    def is_seen_to() -> bool:
        return WorkUnit.objects.filter(rungs=["v240"], priority=Priority.SOON).exists()

    await sync_to_async(film_with_two_rungs)()
    st = {"t": "st", "rev": 1, "e": 0.0, "buf": 9.0, "stall": False, "rate": 1, "level": 240, "rtt": 40, "vis": True}
    async with sitting(alice, room) as viewer:
        rev = await greet(viewer, room)
        await viewer.cmd("play", rev)
        await viewer.send(st)
        await sync_to_async(wait_for)("the makers to hear what is watched", is_seen_to, limit_s=10)


@pytest.mark.parametrize(
    ("rev", "playing", "after_s", "due"),
    [(4, True, 4.9, False), (4, True, 5, True), (4, False, 59, False), (4, False, 60, True), (5, True, 1.9, False),
     (5, True, 2, True)],
)  # fmt: skip
def test_the_makers_hear_of_a_jump_soon_and_never_in_a_storm(
    rev: int, playing: bool, after_s: float, due: bool
) -> None:
    told = outlook.Outlook(told_at=100.0, rev=4)
    timeline = Timeline(rev, 1, "t", 0, 1.0, 0, playing, 60_000, Cause.SEEK)
    assert told.is_due(timeline, 100.0 + after_s) is due
