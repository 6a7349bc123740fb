"""Ten thousand frames that nobody's page would send: broken, endless, deep, huge, of wrong types, or far too many.

Each text is valid or not in its own way; ``bytes`` are sent as a text frame that is not UTF-8, a ``bytearray`` as a
binary frame. Whoever receives them has to answer or to hang up, and must not mind.
"""

import json
import random
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from consumers.protocol import ROOM_CLIENT

Poison = str | bytes | bytearray
FRAMES = Path(__file__).parent / "contract/frames"
HARMLESS = set(ROOM_CLIENT) - {"kick", "hello"}
NUMBERS = [
    "NaN",
    "Infinity",
    "-Infinity",
    "1e400",
    "-1e400",
    "1e308",
    "-1",
    "9" * 400,
    "2e53",
    "0.1e-400",
    "18446744073709551616",
]
VALUES: list[Any] = [
    None, True, [], {}, [[]], "", " ", "x", "\x00", "\x1b[2J", "\ud800", "\udfff\ud800", "x" * 4_000, -1, 1.5, 2**31,
    2**53, 2**63, 2**64, 10**100, {"t": "cmd"}, ["cmd"], "0" * 36, "__proto__", "'; DROP TABLE rooms_room; --",
]  # fmt: skip
TYPES: list[Any] = [
    "launch", "welcome", "tl", "__proto__", "constructor", "", "CMD", "cmd ", None, 5, [], {}, True, "\ud800",
    "x" * 500,
]  # fmt: skip


@cache
def golden() -> list[dict[str, Any]]:
    """Good frames of each type that a page may send, but for those that change who is in the room."""
    return [frame for kind in contracts() for frame in kind["valid"]]


@cache
def contracts() -> list[dict[str, Any]]:
    found = [json.loads(path.read_text()) for path in sorted(FRAMES.glob("*.json"))]
    return [one for one in found if (one["socket"], one["direction"]) == ("room", "client") and _types(one) <= HARMLESS]


def _types(contract: dict[str, Any]) -> set[str]:
    return {frame["t"] for frame in contract["valid"]}


def refused(dice: random.Random) -> Poison:
    """What the contract itself gives as a bad frame."""
    return str(dice.choice([bad["raw"] for kind in contracts() for bad in kind["invalid"]] or ["{}"]))


def broken_json(dice: random.Random) -> Poison:
    text = json.dumps(dice.choice(golden()))
    where = dice.randrange(1, len(text))
    return dice.choice([text[:where], text[where:], text[:where] + "\x00" + text[where:], text + text, "{" + text])


def noise(dice: random.Random) -> Poison:
    return "".join(
        chr(dice.choice([dice.randrange(32, 127), dice.randrange(0x80, 0xD800)])) for _ in range(dice.randrange(200))
    )


def endless_number(dice: random.Random) -> Poison:
    frame = dice.choice(golden())
    names = [name for name, value in frame.items() if isinstance(value, int | float) and not isinstance(value, bool)]
    if not names:
        return '{"t":"clk","n":NaN,"c":1e400}'
    name = dice.choice(names)
    return json.dumps({**frame, name: "@"}).replace('"@"', dice.choice(NUMBERS))


def deep(dice: random.Random) -> Poison:
    depth = dice.randrange(500, 4_000)
    opening = dice.choice(["[", '{"a":', '{"t":"cmd","cid":['])
    return (opening * depth)[:8_100] + dice.choice(["", "]" * 10])


def huge(dice: random.Random) -> Poison:
    size = dice.choice([8_192, 9_000, 65_536, 300_000, 1_200_000])
    return json.dumps({"t": "chat", "cid": "c", "text": "x" * size, "mt": 0})


def wrong_type(dice: random.Random) -> Poison:
    frame = dice.choice(golden())
    return json.dumps({**frame, dice.choice(list(frame)): dice.choice(VALUES)})


def missing_field(dice: random.Random) -> Poison:
    frame = dice.choice(golden())
    left_out = dice.choice(list(frame))
    return json.dumps({name: value for name, value in frame.items() if name != left_out})


def unknown_type(dice: random.Random) -> Poison:
    return json.dumps({**dice.choice(golden()), "t": dice.choice(TYPES)})


def foreign_fields(dice: random.Random) -> Poison:
    """Fields that nobody declared are ignored, whatever they hold."""
    extra = {
        dice.choice(["__proto__", "constructor", "rev", "by", "at_ms", "epoch"]): dice.choice(VALUES) for _ in range(5)
    }
    return json.dumps({"t": "clk", "n": 1, "c": 1} | extra)


def no_object(dice: random.Random) -> Poison:
    return dice.choice(["", "null", "[]", "5", '"cmd"', "true", "[{}]", " ", "\n", "{}", '{"t":{}}', "\ufeff{}"])


def not_utf8(dice: random.Random) -> Poison:
    return dice.choice(
        [b"\xff\xfe", b'{"t":"\xed\xa0\x80"}', b"\xc0\xaf", bytes(dice.randrange(128, 256) for _ in range(20))]
    )


def binary(dice: random.Random) -> Poison:
    return bytearray(dice.randbytes(dice.randrange(1, 2_000)))


def same_cid(dice: random.Random) -> Poison:
    """One name for things of different kinds."""
    chat = {"t": "chat", "cid": "same", "text": "mine", "mt": 0}
    return json.dumps(
        dice.choice([chat, {"t": "cmd", "cid": "same", "base": 0, "op": "seek", "position": dice.random()}])
    )


def extreme(dice: random.Random) -> Poison:
    """All that the bounds just let through."""
    far = {"e": dice.choice([-86_400, 86_400]), "buf": 86_400, "rtt": 60_000, "jitter": 60_000, "level": 2**53 - 1}
    status = {"t": "st", "rev": 2**53 - 1, "stall": dice.random() < 0.5, "rate": 4, "vis": True} | far
    chat = {"t": "chat", "cid": f"{dice.random()}", "text": "x", "mt": 86_400, "reply": 2**53 - 1}
    return json.dumps(
        dice.choice(
            [status, chat, {"t": "clk", "n": 2**53 - 1, "c": 2**53 - 1}, {"t": "ready", "bid": "b", "ok": True}]
        )
    )


KINDS: list[Callable[[random.Random], Poison]] = [
    refused, broken_json, noise, endless_number, deep, wrong_type, wrong_type, missing_field, unknown_type,
    foreign_fields, no_object, same_cid, extreme,
]  # fmt: skip
LAST_WORDS: list[Callable[[random.Random], Poison]] = [huge, not_utf8, binary]  # the socket does not live through these
DRAUGHT = 25  # a few more than this from one socket, and it is closed


def draughts(dice: random.Random) -> Iterator[list[Poison]]:
    """What one socket sends after another: mixed poison, a flood of one good frame, or something deadly at the end."""
    while True:
        mixed: list[Poison] = [dice.choice(KINDS)(dice) for _ in range(DRAUGHT)]
        flood: list[Poison] = [json.dumps(dice.choice(golden()))] * 150
        ending: list[Poison] = [*mixed[:5], dice.choice(LAST_WORDS)(dice)]
        yield dice.choices([mixed, flood, ending], [8, 1, 3])[0]
