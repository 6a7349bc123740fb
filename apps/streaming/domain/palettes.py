"""The colors of image subtitles, read from their packets: libavcodec hands out the indices of the pixels only.

Invariant: every read is inside the packet; a packet that is cut off or lies leaves the colors as they were.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

Color = tuple[int, int, int, int]  # red, green, blue, alpha, 0-255
Palette = dict[int, Color]

PGS_PALETTE, PGS_COMPOSITION = 0x14, 0x16
PGS_EPOCH_START = 0x80
DVB_REGION, DVB_CLUT, DVB_DISPLAY, DVB_SYNC = 0x11, 0x12, 0x14, 0x0F
CANVAS_MAX = 8192
# The DVD player's own sixteen colors are lost in most rips: grey steps, as other players guess them.
DVD_GREYS: tuple[int, ...] = (0x101010, 0xFFFFFF, 0x808080, 0x000000)


def _clamped(value: float) -> int:
    return max(0, min(255, round(value)))


def color_of(y: int, cr: int, cb: int, alpha: int, *, is_hd: bool) -> Color:
    """Limited-range YCbCr (BT.709 or BT.601) to RGB."""
    light = (y - 16) * 1.164
    red, green_r, green_b, blue = (1.793, 0.533, 0.213, 2.112) if is_hd else (1.596, 0.813, 0.391, 2.018)
    cr, cb = cr - 128, cb - 128
    return (
        _clamped(light + red * cr),
        _clamped(light - green_r * cr - green_b * cb),
        _clamped(light + blue * cb),
        alpha,
    )


@dataclass(slots=True)
class PgsColors:
    """Blu-ray: a composition names one of the palettes that were defined since the epoch began."""

    canvas: tuple[int, int] | None = None
    palettes: dict[int, Palette] = field(default_factory=dict)
    current: int = 0

    def read(self, packet: bytes) -> None:
        for kind, body in _pgs_segments(packet):
            if kind == PGS_COMPOSITION and len(body) >= 11:
                self.canvas = struct.unpack_from(">HH", body)
                self.current = body[9]
                if body[7] & PGS_EPOCH_START:
                    self.palettes = {}
            elif kind == PGS_PALETTE and len(body) >= 2:
                is_hd = self.canvas is not None and self.canvas[1] > 576
                entries = (body[at : at + 5] for at in range(2, len(body) - 4, 5))
                known = self.palettes.setdefault(body[0], {})
                known |= {entry[0]: color_of(entry[1], entry[2], entry[3], entry[4], is_hd=is_hd) for entry in entries}

    def at(self, x: int, y: int) -> Palette:
        return self.palettes.get(self.current, {})


def _pgs_segments(packet: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 3 <= len(packet):
        kind, length = struct.unpack_from(">BH", packet, at)
        yield kind, packet[at + 3 : at + 3 + length]
        at += 3 + length


@dataclass(slots=True)
class DvdColors:
    """DVD: sixteen colors for the disc in the track's header, four of them with their opacity in each packet."""

    canvas: tuple[int, int] | None
    disc: list[int]
    chosen: Palette = field(default_factory=dict)

    @classmethod
    def of_header(cls, header: bytes) -> "DvdColors":
        text = header.decode("ascii", "replace")
        size = re.search(r"size:\s*(\d{1,5})x(\d{1,5})", text)
        colors = re.search(r"palette:\s*((?:[0-9a-fA-F]{6}\s*,?\s*){16})", text)
        return cls(
            canvas=(int(size[1]), int(size[2])) if size else None,
            disc=[int(color, 16) for color in re.findall(r"[0-9a-fA-F]{6}", colors[1])] if colors else [],
        )

    def read(self, packet: bytes) -> None:
        indices, alphas = [0, 1, 2, 3], [0, 15, 15, 15]
        for command, body in _dvd_commands(packet):
            if command == 0x03:
                indices = [body[1] & 15, body[1] >> 4, body[0] & 15, body[0] >> 4]
            elif command == 0x04:
                alphas = [body[1] & 15, body[1] >> 4, body[0] & 15, body[0] >> 4]
        for entry, (index, alpha) in enumerate(zip(indices, alphas, strict=True)):
            value = self.disc[index] if self.disc else DVD_GREYS[entry]
            self.chosen[entry] = (value >> 16, value >> 8 & 255, value & 255, alpha * 17)

    def at(self, x: int, y: int) -> Palette:
        return self.chosen


# Bytes that follow each command of a DVD control sequence.
DVD_LENGTHS = {0x00: 0, 0x01: 0, 0x02: 0, 0x03: 2, 0x04: 2, 0x05: 6, 0x06: 4}


def _dvd_commands(packet: bytes) -> Iterator[tuple[int, bytes]]:
    """The commands of every control sequence; they are chained by offsets that only grow."""
    at = struct.unpack_from(">H", packet, 2)[0] if len(packet) >= 4 else len(packet)
    while at + 4 <= len(packet):
        following = struct.unpack_from(">H", packet, at + 2)[0]
        position = at + 4
        while position < len(packet) and (command := packet[position]) in DVD_LENGTHS:
            body = packet[position + 1 : position + 1 + DVD_LENGTHS[command]]
            if len(body) == DVD_LENGTHS[command]:
                yield command, body
            position += 1 + DVD_LENGTHS[command]
        if following <= at:
            return
        at = following


@dataclass(slots=True)
class DvbColors:
    """DVB: each region of the page names a table of colors and is found again by where it stands."""

    canvas: tuple[int, int] | None = None
    tables: dict[int, Palette] = field(default_factory=dict)
    table_of_region: dict[int, int] = field(default_factory=dict)
    places: dict[tuple[int, int], int] = field(default_factory=dict)  # where: region

    def read(self, packet: bytes) -> None:
        for kind, body in _dvb_segments(packet):
            if kind == DVB_DISPLAY and len(body) >= 5:
                width, height = struct.unpack_from(">HH", body, 1)
                self.canvas = (width + 1, height + 1)
            elif kind == DVB_REGION and len(body) >= 8:
                self.table_of_region[body[0]] = body[7]
            elif kind == DVB_CLUT and len(body) >= 2:
                self.tables.setdefault(body[0], {}).update(_dvb_entries(body[2:]))
            elif kind == DVB_PAGE and len(body) >= 2:
                regions = (body[at : at + 6] for at in range(2, len(body) - 5, 6))
                self.places = {struct.unpack_from(">HH", region, 2): region[0] for region in regions}

    def at(self, x: int, y: int) -> Palette:
        region = self.places.get((x, y), -1)
        only = next(iter(self.tables.values()), {}) if len(self.tables) == 1 else {}
        return self.tables.get(self.table_of_region.get(region, -1), only)


DVB_PAGE = 0x10


def _dvb_entries(body: bytes) -> Palette:
    """Full-range entries have a byte for each part, the others 6, 4, 4 and 2 bits."""
    found: Palette = {}
    at = 0
    while at + 4 <= len(body):
        index, is_full = body[at], body[at + 1] & 1
        if is_full and at + 6 > len(body):
            break
        if is_full:
            y, cr, cb, clear = body[at + 2 : at + 6]
        else:
            packed = struct.unpack_from(">H", body, at + 2)[0]
            y, cr, cb, clear = packed >> 8 & 0xFC, packed >> 2 & 0xF0, packed << 2 & 0xF0, packed << 6 & 0xC0
        found[index] = color_of(y, cr, cb, 255 - clear, is_hd=False) if y else (0, 0, 0, 0)
        at += 6 if is_full else 4
    return found


def _dvb_segments(packet: bytes) -> Iterator[tuple[int, bytes]]:
    at = 2 if packet[:2] == b"\x20\x00" else 0
    while at + 6 <= len(packet) and packet[at] == DVB_SYNC:
        kind, _page, length = struct.unpack_from(">BHH", packet, at + 1)
        yield kind, packet[at + 6 : at + 6 + length]
        at += 6 + length


Colors = PgsColors | DvdColors | DvbColors


def colors_for(codec: str, header: bytes) -> Colors:
    """The reader of a track's colors, by libavcodec's name of its decoder."""
    if codec == "dvdsub":
        return DvdColors.of_header(header)
    return DvbColors() if codec == "dvbsub" else PgsColors()
