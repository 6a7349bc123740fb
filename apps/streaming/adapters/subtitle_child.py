"""Reads subtitles in a process of its own (``python -m``), which a hostile file can hang or kill without harm.

``text <film> <zero> <stream>...`` prints {stream: [[start ms, end ms, text]...]}; ``upload <file> <language>`` a list;
``pictures <film> <zero> <duration> <folder> <name>=<stream>...`` writes bitmaps and one JSON per track into a folder.
``film`` is an address, ``zero`` the time of the first picture in the container's clock, or ``nan`` to ask the
container. Exit status 2 with a sentence on stderr when the file cannot be used.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pysubs2
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.subtitles.subtitle import BitmapSubtitle
from charset_normalizer import from_bytes
from PIL import Image

from apps.streaming.adapters.film_clock import zero_of
from apps.streaming.adapters.probe_child import film_video, open_film
from apps.streaming.domain import pictures
from apps.streaming.domain.charsets import likely_charset
from apps.streaming.domain.cues import LONGEST_CUE_MS, MAX_CUES, is_drawing, plain_text
from apps.streaming.domain.palettes import CANVAS_MAX, Colors, colors_for

Line = tuple[int, int, str]
STYLED = frozenset({"ass", "ssa"})
UNDECODED = frozenset({"srt", "subrip", "text"})
NO_END = frozenset({0, 0xFFFFFFFF})
MAX_LETTERS = 16 * 1024 * 1024  # of all text tracks of a film
CLEAR = (0, 0, 0, 0)


class Unusable(ValueError):
    """The message is a sentence for the person who sent the file."""


def packets_of(container: InputContainer, streams: list[Any]) -> Iterator[tuple["Packet[Any]", float]]:
    """Packets with their times; a file that breaks off ends the walk, and what was read counts."""
    walk = container.demux(streams)
    while True:
        try:
            packet = next(walk, None)
        except FFmpegError:
            return
        if packet is None:
            return
        if packet.size and packet.pts is not None and packet.time_base is not None:
            yield packet, float(packet.pts * packet.time_base)


def end_of(packet: "Packet[Any]", shown: Any, at_s: float) -> float | None:
    """When the packet says that its subtitle goes away, in the container's clock."""
    if shown is not None and shown.end_display_time not in NO_END:
        return at_s + float(shown.end_display_time) / 1000
    return at_s + float(packet.duration * packet.time_base) if packet.duration and packet.time_base else None


def read_text(url: str, told_zero: str, indices: list[int]) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = {index: [] for index in indices}
    letters = 0
    with open_film(url) as container:
        zero_s = zero_of(container, told_zero)
        streams = [container.streams[index] for index in indices]
        for packet, at_s in packets_of(container, streams):
            for line in _lines(packet, at_s, zero_s):
                letters += len(line[2])
                if len(found[packet.stream.index]) < MAX_CUES and letters < MAX_LETTERS:
                    found[packet.stream.index].append(line)
    return found


def _lines(packet: "Packet[Any]", at_s: float, zero_s: float) -> Iterator[Line]:
    context: Any = packet.stream.codec_context
    try:
        shown = context.decode2(packet)
    except FFmpegError:  # most often text that is not UTF-8
        shown = None
    texts = [rect.ass.decode(errors="replace").split(",", 8)[-1] for rect in shown.rects] if shown else []
    if shown is None and context.name in UNDECODED:
        texts = [bytes(packet).decode("cp1252", "replace")]
    end_s = end_of(packet, shown, at_s)
    for text in texts:
        clean = "" if is_drawing(text) else plain_text(text, braces_are_styling=context.name in STYLED)
        if clean:
            start_ms = round((at_s - zero_s) * 1000)
            yield start_ms, start_ms + LONGEST_CUE_MS if end_s is None else round((end_s - zero_s) * 1000), clean


def read_upload(path: str, language: str) -> list[Line]:
    """Raises Unusable."""
    text = decoded(Path(path).read_bytes(), language)
    head = text.lstrip()[:20_000]
    is_styled = "[Script Info]" in head or "[Events]" in head
    styled_form = "ass" if "v4+" in head.lower() or "v4.00+" in head.lower() else "ssa"
    form = styled_form if is_styled else "vtt" if head.startswith("WEBVTT") else "srt"
    options = {} if is_styled else {"keep_html_tags": True}
    try:
        events = pysubs2.SSAFile.from_string(text, format_=form, **options).events
    except (pysubs2.Pysubs2Error, ValueError, KeyError, IndexError, OverflowError) as error:
        raise Unusable("This file cannot be read as subtitles.") from error
    if len(events) > MAX_CUES:
        raise Unusable(f"This file has more than {MAX_CUES:,} lines.")
    lines = [
        (event.start, event.end, plain_text(event.text, braces_are_styling=is_styled, has_entities=form == "vtt"))
        for event in events
        if not event.is_comment and not is_drawing(event.text)
    ]
    lines = [line for line in lines if line[2] and line[0] < line[1]]
    if not lines:
        raise Unusable("There is no subtitle in this file. SRT, ASS, SSA and WebVTT files can be added.")
    return lines


def decoded(data: bytes, language: str = "und") -> str:
    """Text in whatever charset, the language's own where it is possible. Raises Unusable for what is no text."""
    for mark, charset in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if data.startswith(mark):
            return data.decode(charset, "replace")
    if b"\x00" in data:
        return _decoded_pairs(data)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        found = from_bytes(data)
    best = found.best()
    if best is None:
        raise Unusable("This file is not text, or in a charset that nobody knows.")
    possible = [charset for match in found for charset in match.could_be_from_charset]
    return data.decode(likely_charset(language, possible) or best.encoding, "replace")


def _decoded_pairs(data: bytes) -> str:
    """UTF-16 without its mark: digits and line ends of subtitles have their zeros all on one side."""
    low, high = data[1::2].count(0), data[::2].count(0)
    if max(low, high) < len(data) / 8 or min(low, high) > len(data) / 64:
        raise Unusable("This file is not text.")
    return data.decode("utf-16-le" if low > high else "utf-16-be", "replace")


class PictureTrack:
    """Collects the bitmaps of one track into ``<name>/`` below the folder, each bitmap once."""

    def __init__(self, name: str, stream: Any, canvas: tuple[int, int]) -> None:
        self.name, self.fallback = name, canvas
        self.colors: Colors = colors_for(stream.codec_context.name, stream.codec_context.extradata or b"")
        self.shows: list[pictures.Show] = []
        self.numbers: dict[bytes, int] = {}
        self.written_bytes = 0
        Path(name).mkdir()

    def take(self, packet: "Packet[Any]", at_s: float, zero_s: float) -> None:
        context: Any = packet.stream.codec_context
        try:
            shown = context.decode2(packet)
        except FFmpegError:
            return
        self.colors.read(bytes(packet))
        if shown is None or len(self.shows) >= pictures.MAX_PICTURES:
            return
        end_s = end_of(packet, shown, at_s)
        starts_s = at_s - zero_s + min(shown.start_display_time, 60_000) / 1000
        placed = tuple(found for rect in shown.rects if (found := self._picture(rect)) is not None)
        self.shows.append(pictures.Show(starts_s, None if end_s is None else end_s - zero_s, placed))

    def _picture(self, rect: BitmapSubtitle) -> pictures.Picture | None:
        width, height = rect.width, rect.height
        if rect.type != b"bitmap" or not rect.planes or not 0 < width * height <= pictures.MAX_PIXELS:
            return None
        plane: Any = rect.planes[0]
        pixels = bytes(plane)
        palette = self.colors.at(rect.x, rect.y)
        table = [palette.get(entry, CLEAR) for entry in range(256)]
        if all(table[entry][3] == 0 for entry in set(pixels)):
            return None
        number = self._stored(pixels, table, (width, height))
        return None if number is None else pictures.Picture(rect.x, rect.y, width, height, number)

    def _stored(self, pixels: bytes, table: list[tuple[int, int, int, int]], size: tuple[int, int]) -> int | None:
        key = sha256(pixels + repr((table, size)).encode()).digest()
        if key in self.numbers:
            return self.numbers[key]
        if self.written_bytes > pictures.MAX_BYTES:
            return None
        image = Image.frombytes("P", size, pixels)
        image.putpalette([part for color in table for part in color[:3]])
        target = Path(self.name) / pictures.picture_name(len(self.numbers))
        image.save(target, "PNG", transparency=bytes(color[3] for color in table))
        self.written_bytes += target.stat().st_size
        self.numbers[key] = len(self.numbers)
        return self.numbers[key]

    def finish(self, duration_s: float) -> None:
        cues = pictures.cues_of(self.shows, duration_s=duration_s)
        canvas = self.colors.canvas or self.fallback
        canvas = canvas if all(0 < side <= CANVAS_MAX for side in canvas) else self.fallback
        Path(f"{self.name}.json").write_text(json.dumps(pictures.index_json(self.name, canvas, cues)))


def read_pictures(url: str, told_zero: str, duration_s: float, wanted: dict[str, int]) -> None:
    with open_film(url) as container:
        video = film_video(container)
        canvas = (video.codec_context.width, video.codec_context.height) if video else (720, 576)
        zero_s = zero_of(container, told_zero)
        streams = {index: container.streams[index] for index in wanted.values()}
        tracks = {index: PictureTrack(name, streams[index], canvas) for name, index in wanted.items()}
        for packet, at_s in packets_of(container, list(streams.values())):
            tracks[packet.stream.index].take(packet, at_s, zero_s)
    for track in tracks.values():
        track.finish(duration_s)


def _pictures_answer(arguments: list[str]) -> dict[str, Any]:
    film, zero, duration, folder, *pairs = arguments
    os.chdir(folder)
    named = (pair.split("=") for pair in pairs)
    read_pictures(film, zero, float(duration), {name: int(index) for name, index in named})
    return {}


COMMANDS: dict[str, Callable[[list[str]], Any]] = {
    "text": lambda rest: read_text(rest[0], rest[1], [int(index) for index in rest[2:]]),
    "upload": lambda rest: read_upload(rest[0], rest[1]),
    "pictures": _pictures_answer,
}


def main(arguments: list[str]) -> int:
    try:
        answer = COMMANDS[arguments[0]](arguments[1:])
    except Unusable as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except (FFmpegError, IndexError) as error:
        sys.stderr.write(f"The subtitles of this film cannot be read ({type(error).__name__}).\n")
        return 2
    json.dump(answer, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
