"""An ASGI application for tests of ``consumers.transport`` under a real daphne: it sends what the client asks for.

Texts it understands: ``sizes 1 2 3`` (a frame of each length), ``flood N SIZE`` (events), ``timelines N`` and ``open``
(how many connections there are, and how many have an open lane) answer in one go; ``mixed N SIZE`` sends every third
event by plain ASGI, ``all N SIZE`` sends events to every connection as a room does, with a ping and an event by plain
ASGI to this one between them, ``bye`` ends this one. The first frame names the way out that was found.
"""

import asyncio
import gc
from collections.abc import Callable
from functools import partial
from typing import Any

from autobahn.websocket.protocol import WebSocketProtocol

from consumers.lanes import Lanes
from consumers.line import Line, Send
from consumers.transport import line_of
from consumers.wire import Parcel

LAST = Parcel({"t": "bye", "code": 4008})
lines: dict[str, Line] = {}
lanes = Lanes()


def event(number: int, size: int = 0) -> Parcel:
    return Parcel({"t": "ev", "seq": number, "text": "x" * size})


def of_length(size: int) -> Parcel:
    """A parcel whose payload has exactly ``size`` bytes."""
    empty = len(Parcel({"t": "ev", "text": ""}).text)
    return Parcel({"t": "ev", "text": "x" * (size - empty)})


def alive() -> int:
    return sum(isinstance(each, Line) for each in gc.get_objects())


def flood(count: int, size: int) -> list[Parcel]:
    return [event(number, size) for number in range(count)]


ANSWERS: dict[str, Callable[..., list[Parcel]]] = {
    "sizes": lambda *sizes: [of_length(size) for size in sizes],
    "flood": flood,
    "timelines": lambda count: [Parcel({"t": "tl", "rev": rev}) for rev in range(count)],
    "open": lambda: [Parcel({"t": "ev", "open": len(lines), "lanes": len(lanes), "alive": alive()})],
}


async def application(scope: dict[str, Any], receive: Any, send: Send) -> None:
    gc.disable()  # what is gone then was in no cycle; here, for the tests' own process reads this module too
    assert scope["type"] == "websocket"
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept"})
    line = line_of(send, lambda: line.finish(LAST, 4008))
    name = str(id(line))
    lines[name] = line
    line.put(Parcel({"t": "ev", "way": type(line).__name__}))
    line.enter(lanes, name)
    while (message := await receive())["type"] == "websocket.receive":
        word, *numbers = message["text"].split()
        await obey(line, send, word, [int(number) for number in numbers])
    line.drop()
    del lines[name]


async def obey(line: Line, send: Send, word: str, numbers: list[int]) -> None:
    if word == "mixed":
        await mix(line, send, flood(*numbers))
    elif word == "all":
        for number, parcel in enumerate(flood(*numbers)):
            hand_out(parcel)
            if number % 3 == 0:
                ping(send)
                await send({"type": "websocket.send", "text": Parcel({"t": "note"}).text})
            if number % 10 == 0:
                await asyncio.sleep(0.001)
    elif word == "bye":
        line.finish(LAST, 4008)
    else:
        for parcel in ANSWERS[word](*numbers):
            line.put(parcel)


def hand_out(parcel: Parcel) -> None:
    others = lines.keys() - lanes.sids
    lanes.write(parcel.wire)
    for name in others:
        lines[name].put(parcel)


def ping(send: Send) -> None:
    assert isinstance(send, partial)
    next(part for part in send.args if isinstance(part, WebSocketProtocol)).sendPing(b"are you there")


async def mix(line: Line, send: Send, parcels: list[Parcel]) -> None:
    for number, parcel in enumerate(parcels):
        if number % 3:
            line.put(parcel)
        else:
            await send({"type": "websocket.send", "text": parcel.text})
