"""A typographic poster drawn from a title's name: same name, same picture, so the wall has no holes."""

import hashlib
import unicodedata
from functools import cache

from PIL import Image, ImageDraw, ImageFont

SIZE = (1000, 1500)
MARGIN = 90
LINES_MAX = 6
FONT_SIZES = (150, 128, 108, 92, 78, 64, 52, 44)

Color = tuple[int, int, int]


def draw_poster(name: str, year: int | None, color: str) -> Image.Image:
    """A 1000 x 1500 RGB image in ``color`` ("#rrggbb") with one geometric figure and the name set below it."""
    base = (int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16))
    poster = _gradient(base)
    _draw_figure(poster, hashlib.sha256(name.casefold().encode()).digest(), base)
    draw = ImageDraw.Draw(poster)
    lines, size = _fit(_printable(name))
    line_height = round(size * 1.12)
    top = SIZE[1] - MARGIN - line_height * len(lines)
    if lines:
        draw.rectangle((MARGIN, top - 66, MARGIN + 96, top - 58), fill=_mix(base, (255, 255, 255), 0.75))
    for index, line in enumerate(lines):
        draw.text((MARGIN, top + index * line_height), line, font=_font(size), fill=(250, 250, 250))
    if year:
        draw.text((MARGIN, MARGIN), str(year), font=_font(52), fill=_mix(base, (255, 255, 255), 0.7))
    return poster


def _gradient(base: Color) -> Image.Image:
    column = Image.new("RGB", (1, 64))
    top, bottom = _mix(base, (255, 255, 255), 0.10), _mix(base, (8, 8, 12), 0.62)
    for y in range(64):
        column.putpixel((0, y), _mix(top, bottom, y / 63))
    return column.resize(SIZE, Image.Resampling.BICUBIC)


def _draw_figure(poster: Image.Image, digest: bytes, base: Color) -> None:
    """Rings, a disc behind bars, or crossing bands; the digest chooses figure, place and measure."""
    overlay = Image.new("L", SIZE, 0)
    draw = ImageDraw.Draw(overlay)
    center = (350 + digest[1] * 300 // 255, 380 + digest[2] * 220 // 255)
    radius = 230 + digest[3] * 160 // 255
    match digest[0] % 3:
        case 0:
            for ring in range(5):
                size = radius + ring * 74
                box = (center[0] - size, center[1] - size, center[0] + size, center[1] + size)
                draw.ellipse(box, outline=88 - ring * 15, width=20)
        case 1:
            box = (center[0] - radius, center[1] - radius, center[0] + radius, center[1] + radius)
            draw.ellipse(box, fill=78)
            for bar in range(4):
                y = center[1] + 20 + bar * 62
                draw.rectangle((0, y, SIZE[0], y + 14 + bar * 7), fill=0)
        case _:
            for band in range(5):
                x = center[0] - 700 + band * 210
                foot = x + radius * 2
                draw.polygon([(x, 0), (x + 96, 0), (foot + 96, 1150), (foot, 1150)], fill=26 + band * 13)
    poster.paste(Image.new("RGB", SIZE, _mix(base, (255, 255, 255), 0.8)), (0, 0), overlay)


def _fit(name: str) -> tuple[list[str], int]:
    """The largest size at which the name fits in few lines; a very long name is cut with an ellipsis."""
    for size in FONT_SIZES:
        lines = _wrap(name, size)
        if len(lines) <= (3 if size > FONT_SIZES[-1] else LINES_MAX) and all(
            _width(line, size) <= _room() for line in lines
        ):
            return lines, size
    size = FONT_SIZES[-1]
    lines = _wrap(name, size)
    cut = [_shorten(line, size) for line in lines[:LINES_MAX]]
    if len(lines) > LINES_MAX:
        cut[-1] = _shorten(cut[-1] + "...", size)
    return cut, size


def _wrap(text: str, size: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        candidate = f"{lines[-1]} {word}" if lines else word
        if lines and _width(candidate, size) <= _room():
            lines[-1] = candidate
        else:
            lines.append(word)
    return lines


def _shorten(line: str, size: int) -> str:
    while len(line) > 1 and _width(line, size) > _room():
        line = line.rstrip(".")[:-1] + "..."
    return line


def _room() -> int:
    return SIZE[0] - 2 * MARGIN


def _width(text: str, size: int) -> float:
    return _font(size).getlength(text)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType; its wheels have it.")
    return font


def _printable(name: str) -> str:
    """``name`` in the letters of the bundled face, which has no accents: better no letters than a row of boxes."""
    return "".join(_drawable(char) for char in name[:160]).strip()


def _drawable(char: str) -> str:
    if char.isspace() or _has_glyph(char):
        return char
    base = unicodedata.normalize("NFKD", char)[0]
    return base if base != char and _has_glyph(base) else ""


@cache
def _has_glyph(char: str) -> bool:
    font = _font(64)
    return bytes(font.getmask(char)) != bytes(font.getmask("\uffff"))


def _mix(a: Color, b: Color, share: float) -> Color:
    red, green, blue = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return red, green, blue
