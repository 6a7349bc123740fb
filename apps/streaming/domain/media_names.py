"""The grammar of media file names. A name is parsed into ids and the path is built from those, never from the text.

Invariant: what does not match exactly does not exist; ``..``, slashes and escapes have no place in the grammar.
"""

import re
from dataclasses import dataclass

TRACK = r"[vas](?:-[a-z]{2,3}-[0-9]{1,3}(?:-51|-low)?|-src|[0-9]{3,4}(?:-x264)?)"
PLAYLIST = re.compile(rf"(master|{TRACK})\.m3u8")
SUBTITLES = re.compile(rf"({TRACK})\.vtt")
INIT = re.compile(rf"({TRACK})/init\.mp4")
SEGMENT = re.compile(rf"({TRACK})/([0-9]{{5}})\.m4s")

PLAYLIST_TYPE = "application/vnd.apple.mpegurl"
SUBTITLE_TYPE = "text/vtt; charset=utf-8"


# Files beside picture and sound, none of them cut into segments: (folder, file) or (file), and the type of each.
IMAGE_TRACK = r"p-[a-z]{2,3}-[0-9]{1,3}"
SIDE_FILES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(u-[0-9a-f]{8}\.vtt)"), SUBTITLE_TYPE),
    (re.compile(rf"({IMAGE_TRACK}\.json)"), "application/json"),
    (re.compile(rf"({IMAGE_TRACK})/([0-9]{{5}}\.png)"), "image/png"),
    (re.compile(r"(trickplay\.vtt)"), SUBTITLE_TYPE),
    (re.compile(r"(trickplay)/(t[0-9][0-9]\.jpg)"), "image/jpeg"),
)


@dataclass(frozen=True, slots=True)
class MediaName:
    parts: tuple[str, ...]  # below the folder of asset and epoch
    content_type: str
    is_immutable: bool
    track: str = ""
    segment: int | None = None


def parse_media_name(text: str) -> MediaName | None:
    """The file that ``text`` means, or None."""
    if match := PLAYLIST.fullmatch(text):
        return MediaName((f"{match[1]}.m3u8",), PLAYLIST_TYPE, is_immutable=False)
    if match := SUBTITLES.fullmatch(text):
        return MediaName((f"{match[1]}.vtt",), SUBTITLE_TYPE, is_immutable=True)
    if match := INIT.fullmatch(text):
        return MediaName((match[1], "init.mp4"), _type_of(match[1]), is_immutable=True, track=match[1])
    if match := SEGMENT.fullmatch(text):
        return MediaName(
            (match[1], f"{match[2]}.m4s"), _type_of(match[1]), is_immutable=True, track=match[1], segment=int(match[2])
        )
    return _side_file(text)


def _side_file(text: str) -> MediaName | None:
    found = ((pattern.fullmatch(text), content_type) for pattern, content_type in SIDE_FILES)
    names = (MediaName(match.groups(), content_type, is_immutable=True) for match, content_type in found if match)
    return next(names, None)


def _type_of(track: str) -> str:
    return "audio/mp4" if track.startswith("a") else "video/mp4"
