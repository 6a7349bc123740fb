"""One member sends poison without an end; the two who watch with them must not notice: the film stays where it is."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from apps.accounts import services as accounts
from apps.rooms.adapters.room_clock import database_now_ms
from apps.rooms.models import RoomTimeline
from consumers import frames, strict
from tests.accounts_cast import person
from tests.rooms_house import House, Pair, looking_into, open_house
from tests.rooms_member import AWAY, Frame, Member, all_staying, buy_ticket, open_socket, own_ms, position_ms
from tests.rooms_party import room_of
from tests.rooms_poison import Poison, draughts

QUICK_S, ALL = 20.0, 10_000
DRIFT_MS = 50.0
STALE_S = 3.0
MEASURE_EVERY_S = 0.2
ANSWER_WITHIN_S = 10.0


@dataclass
class Cast:
    house: House
    room: UUID
    watchers: list[Member]
    mallory: Member
    poured: int = 0
    sockets: int = 0
    codes: Counter[int] = field(default_factory=Counter)
    drifts_ms: list[float] = field(default_factory=list)


@pytest.fixture
def cast(pair: Pair, django_db_blocker: Any, tmp_path: Path) -> Iterator[Cast]:
    with django_db_blocker.unblock(), looking_into(pair), open_house(pair, tmp_path) as house:
        stamp = time.time_ns()
        people = [person(f"{name}{stamp}") for name in ("alice", "bob", "mallory")]
        room = room_of(*people, duration_s=3_600)
        tokens = [accounts.open_session(user, accounts.Origin()).access for user in people]
        members = [
            Member(str(user.pk), str(room.pk), access, house.webs[:1] if index != 1 else house.webs[1:])
            for index, (user, access) in enumerate(zip(people, tokens, strict=True))
        ]
        yield Cast(house, room.pk, members[:2], members[2])


def truth_of(room: UUID) -> tuple[Frame, float]:
    """The room's timeline, and the room time at which it was read."""
    timeline = strict.as_json(frames.timeline_body(RoomTimeline.objects.get(room=room).as_timeline()))
    return timeline, database_now_ms()


async def measure(cast: Cast) -> None:
    """How far what each watcher believes is from the truth, again and again; a watcher may be behind for a moment."""
    current_at = dict.fromkeys((member.uid for member in cast.watchers), time.monotonic())
    while True:
        await asyncio.sleep(MEASURE_EVERY_S)
        before_ms = own_ms()
        timeline, now_ms = await sync_to_async(truth_of)(cast.room)
        at_ms = own_ms()
        if at_ms - before_ms > DRIFT_MS:
            continue  # a reading that took so long says nothing
        for member in cast.watchers:
            if member.rev == timeline["rev"]:
                current_at[member.uid] = time.monotonic()
                believed = position_ms(member.timeline or {}, at_ms + member.clock.offset_at(at_ms))
                cast.drifts_ms.append(abs(believed - position_ms(timeline, now_ms)))
            assert time.monotonic() - current_at[member.uid] < STALE_S, f"{member.uid} is behind the room"


async def pour(cast: Cast, dice: random.Random, *, total: int, limit_s: float) -> None:
    deadline = time.monotonic() + limit_s
    for draught in draughts(dice):
        if cast.poured >= total or time.monotonic() > deadline:
            return
        await pour_one(cast, dice, draught)


async def pour_one(cast: Cast, dice: random.Random, draught: list[Poison]) -> None:
    """One socket's life, until it is closed or has answered a probe after the last of it."""
    web = cast.mallory.webs[0]
    socket = await open_socket(web, str(cast.room), await buy_ticket(web, cast.mallory.access, str(cast.room)))
    cast.sockets += 1
    with suppress(*AWAY):
        if dice.random() < 0.8:
            await socket.send(f'{{"t":"hello","v":1,"room":"{cast.room}","sid":"mallory"}}')
        for poison in draught:
            await socket.send(
                bytes(poison) if isinstance(poison, bytearray) else poison, text=not isinstance(poison, bytearray)
            )
            cast.poured += 1
        await socket.send('{"t":"clk","n":424242,"c":1}')
        async with asyncio.timeout(ANSWER_WITHIN_S):
            async for text in socket:
                if '"n":424242' in str(text):
                    break
    await socket.close()
    cast.codes[int(socket.close_code or 1006)] += 1


async def spoil(cast: Cast, *, total: int, limit_s: float) -> None:
    seed = random.randrange(1_000_000)
    async with all_staying(cast.watchers):
        alice = cast.watchers[0]
        assert (await alice.ask("play"))["ok"]
        await asyncio.sleep(2)
        measuring = asyncio.create_task(measure(cast))
        started = time.monotonic()
        await pour(cast, random.Random(seed), total=total, limit_s=limit_s)
        took_s = time.monotonic() - started
        assert (await alice.ask("seek", position=100))["ok"], "who keeps to the limits is served"
        await asyncio.sleep(1)
        measuring.cancel()
        with suppress(asyncio.CancelledError):
            await measuring
    drifts = sorted(cast.drifts_ms)
    p50, p99 = drifts[len(drifts) // 2], drifts[len(drifts) * 99 // 100]
    print(f"""
poison frames             {cast.poured} over {cast.sockets} sockets in {took_s:.1f} s (seed {seed})
its sockets closed with   {dict(cast.codes)}
drift of the watchers     p50 {p50:.1f} ms, p99 {p99:.1f} ms, most {drifts[-1]:.1f} ms ({len(drifts)} readings)
""")
    await sync_to_async(connections.close_all)()


def check(cast: Cast) -> None:
    assert max(cast.drifts_ms) <= DRIFT_MS
    assert 1011 not in cast.codes
    assert all(member.visits == 1 for member in cast.watchers), "nobody else was disturbed"
    assert all(member.gaps == 0 for member in cast.watchers)
    assert cast.house.faults() == []


@pytest.mark.timeout(180)
async def test_poison_from_one_member_disturbs_nobody(cast: Cast) -> None:
    await spoil(cast, total=ALL, limit_s=QUICK_S)
    check(cast)


@pytest.mark.soak
@pytest.mark.timeout(1_800)
async def test_ten_thousand_poison_frames_disturb_nobody(cast: Cast) -> None:
    await spoil(cast, total=ALL, limit_s=1_200)
    assert cast.poured >= ALL
    check(cast)
