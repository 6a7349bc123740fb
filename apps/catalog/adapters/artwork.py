"""Artwork on disk: foreign images are decoded under limits and re-encoded, so no byte of theirs is ever served.

Files live in MEDIA_ROOT/artwork/<2 characters>/<key>.w<width>.webp and never change once written.
"""

import hashlib
import io
import os
import re
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from PIL import Image, ImageOps

from apps.common.errors import Invalid

WIDTHS = (154, 342, 500, 780, 1280)
FORMATS = ("JPEG", "PNG", "WEBP")  # decoders that may see foreign bytes; SVG is never one of them
MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000  # a 16k x 8k frame would take several hundred MB
WEBP_QUALITY = 82
FILE_NAME = re.compile(r"(?P<key>[0-9a-z]{32})\.w(?P<width>\d{3,4})\.webp")


@dataclass(frozen=True, slots=True)
class Stored:
    key: str
    color: str


def decode(data: bytes) -> Image.Image:
    """An RGB image from untrusted bytes. Raises Invalid for anything but a sane JPEG, PNG or WebP."""
    if len(data) > MAX_BYTES:
        raise Invalid("The image is larger than 10 MB.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=FORMATS)
            if image.width * image.height > MAX_PIXELS or min(image.size) < 16:
                raise Invalid("The image has an unreasonable size.")
            return ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise Invalid("The image cannot be read: use a JPEG, PNG or WebP picture.") from error


def store(image: Image.Image) -> Stored:
    """Write the five sizes of ``image``; its pixels give the key."""
    key = "a" + hashlib.sha256(image.tobytes()).hexdigest()[:31]
    for width in WIDTHS:
        store_size(image, key, width)
    return Stored(key=key, color=dominant_color(image))


def store_size(image: Image.Image, key: str, width: int) -> bytes:
    """Write one size under ``key`` and return its bytes."""
    data = _encode(image, width)
    _write(path_of(key, width), data)
    return data


def path_of(key: str, width: int) -> Path:
    return Path(settings.MEDIA_ROOT) / "artwork" / key[1:3] / f"{key}.w{width}.webp"


def dominant_color(image: Image.Image) -> str:
    """The most common colour that is neither near-black nor near-white, darkened until white text reads on it."""
    small = image.resize((48, 72)).quantize(colors=12).convert("RGB")
    colors = sorted((pair for pair in small.getcolors(48 * 72) or [] if isinstance(pair[1], tuple)), reverse=True)
    found = [rgb for _, rgb in colors if isinstance(rgb, tuple) and max(rgb) > 40 and min(rgb) < 215]
    rgb = (found or [colors[0][1]])[0]
    red, green, blue = rgb if isinstance(rgb, tuple) else (40, 40, 48)
    scale = min(1.0, 110 / max(0.3 * red + 0.59 * green + 0.11 * blue, 1))
    return "#" + "".join(f"{round(part * scale):02x}" for part in (red, green, blue))


def _encode(image: Image.Image, width: int) -> bytes:
    width = min(width, image.width)  # a small source is not blown up
    height = max(1, round(image.height * width / image.width))
    out = io.BytesIO()
    image.resize((width, height), Image.Resampling.LANCZOS).save(out, "WEBP", quality=WEBP_QUALITY, method=2)
    return out.getvalue()


def _write(path: Path, data: bytes) -> None:
    """Appears whole or not at all: a reader never sees half a picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
