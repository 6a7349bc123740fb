"""Roles, rules, asks, votes and the stand-in over the room socket: whoever is concerned sees it at once."""

from dataclasses import asdict
from typing import Any
from uuid import UUID, uuid4

import pytest
from asgiref.sync import sync_to_async

from apps.accounts.models import User
from apps.common.errors import Conflict
from apps.rooms import live, services
from apps.rooms.domain import handover, wishes
from apps.rooms.domain.commands import Command, Op
from apps.rooms.domain.members import Permission, Preset, Role, can
from apps.rooms.domain.rules import RoomRules
from apps.rooms.domain.wishes import Wish, WishKind
from apps.rooms.models import Membership, Room, RoomTimeline, RoomWish
from apps.rooms.selectors import Power
from consumers import bus, hosting, hub, power, presence, pulse
from consumers.desk import Desk
from tests.rooms_party import Frame, Viewer, sitting

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("tidied_rooms", "collected")]


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process soon knows that nobody is in the room on another one."""
    monkeypatch.setattr(hub, "REPEAT_S", 0.1)
    monkeypatch.setattr(pulse, "REPEAT_S", 0.1)


async def said(viewer: Viewer, **frame: Any) -> Frame:
    """Send a frame and wait for its answer."""
    cid = frame.setdefault("cid", uuid4().hex)
    await viewer.send(frame)
    return await viewer.until("res", lambda answer: answer["cid"] == cid)


async def in_preset(room: Room, preset: Preset) -> Room:
    await Room.objects.filter(pk=room.pk).aupdate(preset=preset)
    return room


async def test_the_welcome_carries_rules_and_wishes(alice: User, room: Room) -> None:
    async with sitting(alice, room) as viewer:
        welcome = await viewer.hello(room)
    assert welcome["rules"] == {"preset": "friends", "locked": False, "slow_s": 0, "wait": "smart", "host": None}
    assert welcome["wishes"] == []


async def test_new_rules_reach_everybody_with_what_they_may_do_now(alice: User, bob: User, room: Room) -> None:
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        await one.hello(room)
        assert "seek" in (await two.hello(room))["you"]["can"]
        assert (await said(one, t="rule", preset="cinema", slow_s=5, locked=True, wait="never"))["ok"] is True
        for viewer in (one, two):
            rules = await viewer.until("rules")
            assert (rules["preset"], rules["slow_s"], rules["locked"], rules["wait"]) == ("cinema", 5, True, "never")
        you = await two.until("you")
        assert (you["role"], you["can"]) == ("member", ["invite", "queue_vote", "react"])
        event = await two.until("ev", lambda frame: frame["k"] == "rules")
        assert event["data"] == {"preset": "cinema", "slow_s": "5", "locked": "yes", "wait": "never"}
        assert (await said(two, t="chat", text="hello?", mt=0))["err"]["code"] == "not_allowed"
        assert not [frame for frame in one.frames if frame["t"] == "you"], "nothing changed for the owner"


async def test_a_new_role_is_shown_to_its_holder_and_in_the_list(alice: User, bob: User, room: Room) -> None:
    await in_preset(room, Preset.HOST_DRIVES)
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        await one.hello(room)
        rev = (await two.hello(room))["tl"]["rev"]
        assert (await two.cmd("play", rev))["err"]["code"] == "not_allowed"
        assert (await said(one, t="role", uid=str(bob.pk), role="cohost"))["ok"] is True
        you = await two.until("you")
        assert (you["role"], "play_pause" in you["can"]) == ("cohost", True)
        await one.until("pres", lambda f: any(m["id"] == str(bob.pk) and m["role"] == "cohost" for m in f["m"]))
        assert (await two.cmd("play", rev))["ok"] is True


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ({"t": "role", "role": "king", "uid": "bob"}, "bad_frame"),
        ({"t": "role", "role": "host", "uid": "alice"}, "not_allowed"),
        ({"t": "role", "role": "host", "uid": "bob"}, "not_allowed"),
        ({"t": "role", "role": "host", "uid": "x" * 36}, "invalid"),
        ({"t": "rule", "locked": True}, "not_allowed"),
        ({"t": "rule", "slow_s": -1}, "bad_frame"),
        ({"t": "rule", "preset": "monarchy"}, "bad_frame"),
        ({"t": "ask", "base": 1, "op": "play"}, "may_already"),
        ({"t": "ask", "base": 1, "op": "seek", "position": -4}, "bad_frame"),
        ({"t": "grant", "ask": "bob", "ok": True}, "not_allowed"),
        ({"t": "grant", "ask": "x" * 36, "ok": True}, "invalid"),
        ({"t": "vote", "vote": "bob", "ok": True}, "not_found"),
        ({"t": "cmd", "base": 1, "op": "undo"}, "invalid"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(str(part) for part in value.values())[:40],
)
async def test_what_a_member_may_not_do_is_refused_to_the_sender_only(
    alice: User, bob: User, room: Room, frame: dict[str, Any], code: str
) -> None:
    ids = {"alice": str(alice.pk), "bob": str(bob.pk)}
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        await one.hello(room)
        await two.hello(room)
        answer = await said(two, **{name: ids.get(str(value), value) for name, value in frame.items()})
        assert (answer["ok"], answer["err"]["code"]) == (False, code)
        heard = await one.hear_for(0.2)
    assert not [frame for frame in heard if frame["t"] != "pres"]


@pytest.mark.parametrize("role", [Role.HOST, Role.COHOST, Role.MEMBER, Role.GUEST, Role.COMPANION])
@pytest.mark.parametrize("preset", Preset)
async def test_what_the_socket_says_a_role_may_do_is_what_it_may_do(
    bob: User, room: Room, role: Role, preset: Preset
) -> None:
    await in_preset(room, preset)
    await Membership.objects.filter(room=room, user=bob).aupdate(role=role)
    async with sitting(bob, room) as two:
        welcome = await two.hello(room)
        can_say = set(welcome["you"]["can"])
        assert can_say == {p.value for p in Permission if can(preset, role, p)}
        answers = {
            "play_pause": await two.cmd("pause", welcome["tl"]["rev"]),
            "seek": await two.cmd("seek", welcome["tl"]["rev"], position=5),
            "chat": await said(two, t="chat", text="hello", mt=0),
            "rules": await said(two, t="rule", slow_s=1),
        }
    assert {name: answer["ok"] for name, answer in answers.items()} == {name: name in can_say for name in answers}


async def test_a_locked_room_says_so_at_the_door(alice: User, charlie: User, room: Room) -> None:
    async with sitting(alice, room) as one:
        await one.hello(room)
        await said(one, t="rule", locked=True)
    async with sitting(charlie, room) as stranger:
        await stranger.send({"t": "hello", "v": 1, "room": str(room.pk)})
        assert await stranger.closed() == 4003


async def test_an_ask_pops_up_for_the_host_and_one_tap_does_it(alice: User, bob: User, room: Room) -> None:
    await in_preset(room, Preset.ASK_HOST)
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        rev = (await one.hello(room))["tl"]["rev"]
        await two.hello(room)
        assert (await said(two, t="ask", base=rev, op="seek", position=61.5))["ok"] is True
        shown = (await one.until("wishes"))["open"][0]
        assert (shown["kind"], shown["name"], shown["op"], shown["position"]) == ("ask", "Bob", "seek", 61.5)
        assert (await said(one, t="grant", ask=shown["id"], ok=True))["ok"] is True
        for viewer in (one, two):
            tl = await viewer.until("tl")
            assert (tl["position_ms"], tl["by"]) == (61_500, str(bob.pk))
            assert (await viewer.until("wishes", lambda frame: not frame["open"]))["open"] == []
        assert (await said(one, t="grant", ask=shown["id"], ok=True))["ok"] is True, "the second tap is harmless"
    assert (await RoomTimeline.objects.aget(room=room)).rev == rev + 1


async def test_who_comes_in_while_an_ask_is_open_sees_it(alice: User, bob: User, room: Room) -> None:
    await in_preset(room, Preset.ASK_HOST)
    async with sitting(bob, room) as two:
        rev = (await two.hello(room))["tl"]["rev"]
        await said(two, t="ask", base=rev, op="play")
        async with sitting(alice, room) as one:
            assert [wish["op"] for wish in (await one.hello(room))["wishes"]] == ["play"]


async def test_a_democracy_votes_and_the_majority_decides(alice: User, bob: User, room: Room, known: None) -> None:
    await in_preset(room, Preset.DEMOCRACY)
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        rev = (await one.hello(room))["tl"]["rev"]
        await two.hello(room)
        answer = await two.cmd("play", rev)
        assert (answer["ok"], answer["proposed"], answer["rev"]) == (True, True, rev)
        shown = (await one.until("wishes"))["open"][0]
        assert (shown["kind"], shown["yes"], shown["no"]) == ("vote", [str(bob.pk)], [])
        assert (await one.cmd("seek", rev, position=9))["err"]["code"] == "vote_open"
        await said(one, t="vote", vote=shown["id"], ok=True)
        for viewer in (one, two):
            assert (await viewer.until("tl"))["playing"] is True
            await viewer.until("wishes", lambda frame: not frame["open"])
        assert (await one.cmd("pause", rev + 1)).get("proposed") is None


async def test_a_vote_on_a_jump_that_names_a_film_is_about_the_jump(alice: User, room: Room) -> None:
    await in_preset(room, Preset.DEMOCRACY)
    async with sitting(alice, room) as one:
        rev = (await one.hello(room))["tl"]["rev"]
        assert (await one.cmd("seek", rev, position=9, item=str(uuid4())))["proposed"] is True
        assert [wish["op"] for wish in (await one.until("wishes"))["open"]] == ["seek"]


async def test_a_vote_that_nobody_answers_ends_by_itself(
    alice: User, bob: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services.wishes, "VOTE_MS", 300)
    await in_preset(room, Preset.DEMOCRACY)
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        rev = (await one.hello(room))["tl"]["rev"]
        await two.hello(room)
        await two.cmd("play", rev)
        assert len((await one.until("wishes"))["open"]) == 1
        assert (await one.until("wishes", lambda frame: not frame["open"]))["open"] == []
        assert (await one.until("ev", lambda frame: frame["k"] == "declined"))["uid"] == str(bob.pk)
    assert (await RoomTimeline.objects.aget(room=room)).rev == rev


@pytest.mark.parametrize("way", [{"vis": False}, {"companion": True}], ids=["another tab", "the remote"])
async def test_whoever_does_not_see_the_film_has_no_vote(
    alice: User, bob: User, room: Room, known: None, way: dict[str, bool]
) -> None:
    await in_preset(room, Preset.DEMOCRACY)
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        rev = (await one.hello(room, **way))["tl"]["rev"]
        await two.hello(room)
        await two.cmd("play", rev)
        assert (await two.until("tl"))["playing"] is True


async def test_who_knows_only_the_own_people_does_not_count_for_the_others(
    bob: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    await in_preset(room, Preset.DEMOCRACY)
    async with sitting(bob, room) as two:
        rev = (await two.hello(room))["tl"]["rev"]
        await two.cmd("play", rev)
        assert not [frame for frame in await two.hear_for(2.5) if frame["t"] == "tl"], "nobody else has been heard of"
        monkeypatch.setattr(hub, "REPEAT_S", 0.1)
        monkeypatch.setattr(pulse, "REPEAT_S", 0.1)
        assert (await two.until("tl"))["playing"] is True


async def test_without_a_healthy_bus_a_vote_ends_only_by_its_time(
    bob: User, room: Room, known: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services.wishes, "VOTE_MS", 4_000)
    monkeypatch.setattr(bus.Bus, "is_healthy", False)
    await in_preset(room, Preset.DEMOCRACY)
    async with sitting(bob, room) as two:
        rev = (await two.hello(room))["tl"]["rev"]
        await two.cmd("play", rev)
        assert (await two.until("ev", lambda frame: frame["k"] == "declined", limit_s=10))["uid"] == str(bob.pk)
    assert (await RoomTimeline.objects.aget(room=room)).rev == rev


async def test_a_slip_is_taken_back(alice: User, bob: User, room: Room) -> None:
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        rev = (await one.hello(room))["tl"]["rev"]
        await two.hello(room)
        await two.cmd("seek", rev, position=400)
        jump = await one.until("ev", lambda frame: frame["k"] == "seeked")
        assert (jump["data"]["from_ms"], abs(float(jump["data"]["at_ms"]) - hub.live.now_ms()) < 5_000) == ("0", True)
        assert (await one.cmd("undo", rev + 1))["ok"] is True
        back = await two.until("tl", lambda frame: frame["cause"] == "undo")
        assert (back["position_ms"], back["by"]) == (0, str(alice.pk))
        assert (await one.cmd("undo", rev + 2))["err"]["code"] == "invalid"


async def test_the_hosts_control_moves_after_a_while_and_returns(
    alice: User, bob: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover, "HOST_AWAY_S", 0.5)
    monkeypatch.setattr(hosting, "ASK_EVERY_S", 0.5)
    monkeypatch.setattr(presence, "RECONNECT_S", 0.5)
    monkeypatch.setattr(hub, "REPEAT_S", 0.1)
    monkeypatch.setattr(pulse, "REPEAT_S", 0.1)
    await in_preset(room, Preset.HOST_DRIVES)
    async with sitting(bob, room) as two:
        async with sitting(alice, room) as one:
            await one.hello(room)
            assert "play_pause" not in (await two.hello(room))["you"]["can"]
            await two.until("pres", lambda f: any(m["id"] == str(alice.pk) for m in f["m"]))
        assert (await two.until("rules", limit_s=25))["host"] == str(bob.pk)
        you = await two.until("you")
        assert (you["role"], "play_pause" in you["can"], "rules" in you["can"]) == ("member", True, True)
        async with sitting(alice, room) as one:
            assert (await one.hello(room))["rules"]["host"] == str(bob.pk)
            assert (await two.until("rules", limit_s=25))["host"] is None
            assert "play_pause" not in (await two.until("you"))["can"]


async def test_a_companion_steers_talks_and_is_never_said_to_stall(alice: User, bob: User, room: Room) -> None:
    st = {"t": "st", "rev": 1, "e": None, "buf": 0.0, "stall": True, "rate": 1, "level": None, "rtt": 40, "vis": True}
    async with sitting(alice, room) as one, sitting(bob, room) as phone:
        await one.hello(room)
        welcome = await phone.hello(room, sid="phone", companion=True)
        assert [m.get("companion") for m in welcome["members"] if m["id"] == str(bob.pk)] == [True]
        await phone.send(st)
        assert (await phone.cmd("play", welcome["tl"]["rev"]))["ok"] is True
        assert (await one.until("tl"))["by"] == str(bob.pk)
        async with sitting(bob, room) as screen:
            await screen.hello(room, sid="screen")
            shown = await one.until(
                "pres", lambda f: any(m["id"] == str(bob.pk) and "companion" not in m for m in f["m"])
            )
            assert [m["state"] for m in shown["m"] if m["id"] == str(bob.pk)] == ["playing"]
    states = {m["state"] for f in one.frames if f["t"] == "pres" for m in f["m"] if m["id"] == str(bob.pk)}
    assert "buffering" not in states


async def test_a_change_by_another_process_that_nobody_pushed_is_found(alice: User, bob: User, room: Room) -> None:
    """Redis lost the wake-up: the audit compares the number of the rules too."""
    async with sitting(bob, room) as two:
        await two.hello(room)
        await two.until("pres")  # this process has read the rules as they are
        await sync_to_async(Room.objects.note_power)(room.pk, preset=Preset.CINEMA)
        assert (await two.until("rules", limit_s=10))["preset"] == "cinema"
        assert "chat" not in (await two.until("you"))["can"]


async def test_an_ask_that_was_read_ahead_of_its_number_is_shown_with_it(alice: User, bob: User, room: Room) -> None:
    """The number and the wishes are two reads: a wish that comes between them belongs to the next number."""
    async with sitting(alice, room) as one:
        await one.hello(room)
        await one.until("pres")
        await RoomWish.objects.acreate(
            room=room, kind=WishKind.ASK, by=bob.pk, name="Bob", cid="1", until_ms=round(live.now_ms()) + 30_000,
            wanted=asdict(Command(Op.PLAY, 1, str(bob.pk))),
        )  # fmt: skip
        await power.refresh(hub.current().desks[room.pk])
        await sync_to_async(Room.objects.note_power)(room.pk)
        assert [wish["name"] for wish in (await one.until("wishes", limit_s=10))["open"]] == ["Bob"]


async def test_a_vote_that_cannot_be_counted_keeps_no_other_and_no_host_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk, done = Desk(uuid4()), []
    votes = [Wish(str(uuid4()), WishKind.VOTE, "bob", "Bob", Command(Op.PLAY, 1, "bob"), until_ms=0) for _ in range(2)]
    desk.power = Power(1, RoomRules(), None, tuple(votes))

    async def settle_vote(*, wish_id: UUID, **_: object) -> bool:
        done.append(str(wish_id))
        raise Conflict("The room changed at the same moment. Try again.")

    async def keep_host(**_: object) -> bool:
        done.append("host")
        return False

    monkeypatch.setattr(power.live, "settle_vote", settle_vote)
    monkeypatch.setattr(power.live, "keep_host", keep_host)
    await power.mind(hub.current(), desk)
    assert done == [*(vote.id for vote in votes), "host"]


def test_a_vote_lasts_twenty_seconds_and_an_ask_thirty() -> None:
    assert (wishes.VOTE_MS, wishes.ASK_MS) == (20_000, 30_000)
