"""Files that somebody made on purpose: texts that send a reader elsewhere, boxes that lie, films that grow.

``crafted`` answers them all as (name, bytes); those whose name matters more than their bytes are whole films.
"""

import gzip
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO

from canaries import Canaries
from media_mutations import PICTURE, SOUND, X264, seed_film

from media import folder, run_ffmpeg

CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"dinf", b"stbl", b"edts"}
EBML, SEGMENT, INFO, CLUSTER, CHAPTERS, ATTACHMENTS = (
    bytes.fromhex(text) for text in ("1a45dfa3", "18538067", "1549a966", "1f43b675", "1043a770", "1941a469")
)
DURATION, UNKNOWN_SIZE = b"\x44\x89\x88", b"\x01\xff\xff\xff\xff\xff\xff\xff"
MKV_NAMES = {"previous": "3c83ab", "next": "3e83bb", "family": "4444", "uid": "73a4"}


def crafted(birds: Canaries) -> Iterator[tuple[str, bytes]]:
    yield from texts(birds)
    yield from archives()
    yield from names()
    yield from mp4_files(birds)
    yield from matroska_files(birds)
    yield from odd_films()


def texts(birds: Canaries) -> Iterator[tuple[str, bytes]]:
    url, path = birds.url, str(birds.secret)
    m3u8 = f"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{url}\n#EXT-X-ENDLIST\n"
    sdp = f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {birds.udp_port} RTP/AVP 33\n"
    mpd = f'<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><BaseURL>{url}</BaseURL><Period/></MPD>'
    entity = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file://{path}">]>{mpd.replace("Period", "P")}'
    found = {
        "playlist.mp4": m3u8,
        "playlist of a file.mp4": m3u8.replace(url, f"file://{path}"),
        "playlist with a mark.mkv": "\ufeff" + m3u8,
        "playlist after lines.mp4": "\n\n \t\r\n" + m3u8,
        "playlist after a sync byte.ts": "G" + m3u8,
        "playlist with data.mp4": m3u8.replace(url, "data:video/mp4;base64,AAAAIGZ0eXBpc29t"),
        "playlist with a key.mp4": m3u8.replace("#EXTINF", f'#EXT-X-KEY:METHOD=AES-128,URI="{url}"\n#EXTINF'),
        "playlist of a crypto file.mkv": m3u8.replace(url, f"crypto+file:{path}"),
        "old playlist.avi": f"{url}\n{path}\n",
        "concat.mp4": f"ffconcat version 1.0\nfile '{url}'\n",
        "concat of a file.mkv": f"ffconcat version 1.0\nfile '{path}'\nduration 5\n",
        "concat after a comment.mp4": f"# a comment\nffconcat version 1.0\nfile {path}\n",
        "session.mp4": sdp,
        "rtsp.mov": f"RTSPtextRTSP://127.0.0.1:{birds.tcp_port}/x\n",
        "dash.mp4": '<?xml version="1.0"?>' + mpd,
        "dash without a head.mp4": mpd,
        "entity.xml.mp4": entity,
        "smooth.mp4": f'<SmoothStreamingMedia Duration="1"><StreamIndex Url="{url}"/></SmoothStreamingMedia>',
        "drawing.mp4": f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{url}"/></svg>',
        "asx.wmv": f'<asx version="3.0"><entry><ref href="{url}"/></entry></asx>',
        "pls.mp4": f"[playlist]\nFile1={url}\nNumberOfEntries=1\n",
        "reference.asf": f"[Reference]\nRef1={url}\n",
        "page.mp4": f'<html><meta http-equiv="refresh" content="0; url={url}"></html>',
        "data.mp4": "data:video/mp4;base64,AAAAIGZ0eXBpc29t",
        "words.srt.mkv": "1\n00:00:01,000 --> 00:00:03,000\nhello\n",
        "styled words.mp4": "[Script Info]\nTitle: x\n[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,x,,0,0,0,,hi\n",
        "filter.mp4": f"movie={path}[out0]",
    }
    yield from ((name, text.encode()) for name, text in found.items())


def archives() -> Iterator[tuple[str, bytes]]:
    bomb = BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("movie.mp4", bytes(20_000_000))
    yield "zip.mp4", bomb.getvalue()
    yield "gzip.mp4", gzip.compress(bytes(20_000_000))
    yield "program.mp4", b"\x7fELF\x02\x01\x01" + bytes(5_000)
    yield "empty.mp4", b""
    yield "one byte.mp4", b"\x00"
    yield "noise.mkv", random.Random(1).randbytes(60_000)
    yield "disc.ifo.mp4", b"DVDVIDEO-VMG" + bytes(20_000)
    yield "many sync bytes.ts", b"G" * 188 * 400
    yield "list in packets.ts", b"".join(b"G\x40\x11\x10#EXTM3U\n".ljust(188, b"\n") for _ in range(300))


def names() -> Iterator[tuple[str, bytes]]:
    whole = made("whole.mp4", *PICTURE, "-frames:v", "25", *X264)
    evil = (
        "-i.mp4",
        "a\nb.mp4",
        "concat:x|y.mp4",
        "film%03d.mp4",
        "x'; touch owned; '.mp4",
        "🎬 \u202egpj.mp4",
        "[0:v].mp4",
    )
    yield from ((name, whole) for name in evil)


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", len(body) + 8) + kind + body


def edited(data: bytes, change: Callable[[bytes, bytes], bytes]) -> bytes:
    """An MP4 with each box's body replaced by ``change(kind, body)``; the sizes around it follow."""
    out, at = b"", 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + size]
        out += box(kind, edited(body, change) if kind in CONTAINERS else change(kind, body))
        at += size
    return out


def with_body(wanted: bytes, new: bytes) -> bytes:
    return edited(seed_film(".mp4"), lambda kind, body: new if kind == wanted else body)


def patched(wanted: bytes, at: int, new: bytes) -> bytes:
    return edited(
        seed_film(".mp4"), lambda kind, body: body[:at] + new + body[at + len(new) :] if kind == wanted else body
    )


def mp4_files(birds: Canaries) -> Iterator[tuple[str, bytes]]:
    ftyp = box(b"ftyp", b"qt  ", bytes(4), b"qt  ")
    one = struct.pack(">II", 0, 1)
    most = b"\xff\xff\xff\xff"
    data_at_url = box(b"url ", bytes(4), birds.url.encode() + b"\0")
    alias = box(b"alis", bytes(4), bytes(160) + struct.pack(">HH", 2, 60) + str(birds.secret).encode().ljust(60, b"\0"))
    leads_to = box(b"rdrf", bytes(4), b"url ", struct.pack(">I", len(birds.url) + 1), birds.url.encode() + b"\0")
    yield "data elsewhere.mov", with_body(b"dref", one + data_at_url)
    yield "alias.mov", with_body(b"dref", one + alias)
    yield "reference.mov", ftyp + box(b"moov", box(b"rmra", box(b"rmda", leads_to)))
    edits = struct.pack(">II", 0, 2_000) + struct.pack(">IiI", 0xFFFFFFFF, -(2**31), 0x10000) * 2_000
    yield "edits to minus infinity.mp4", with_body(b"elst", edits)
    yield "edits for ever.mp4", with_body(b"elst", struct.pack(">II", 0, 500) + struct.pack(">IiI", 3000, 0, 1) * 500)
    yield "65535 tracks.mp4", ftyp + box(b"moov", box(b"trak", box(b"mdia")) * 65_535)
    nested = b""
    for _ in range(4_000):
        nested = box(b"moov", nested)
    yield "boxes in boxes.mp4", ftyp + nested
    bomb = zlib.compress(bytes(50_000_000))
    squeezed = box(b"cmov", box(b"dcom", b"zlib"), box(b"cmvd", struct.pack(">I", 50_000_000), bomb))
    yield "squeezed index.mov", ftyp + box(b"moov", squeezed)
    yield "box of no end.mp4", ftyp + struct.pack(">I4sQ", 1, b"moov", 2**63) + bytes(1_000)
    yield "box of no size.mp4", ftyp + struct.pack(">I4s", 0, b"moov") + bytes(1_000)
    yield "four milliard samples.mp4", patched(b"stsz", 8, most)
    yield "four milliard times.mp4", patched(b"stts", 8, most + b"\0\0\0\1")
    yield "four milliard chunks.mp4", patched(b"stsc", 4, most)
    yield "far away chunks.mp4", patched(b"stco", 8, most * 3)
    yield "clock of zero.mp4", patched(b"mdhd", 12, bytes(4))
    yield "film clock of zero.mp4", patched(b"mvhd", 12, bytes(4))
    yield "four milliard seconds.mp4", patched(b"mvhd", 12, b"\0\0\0\1" + most)
    yield "fast clock.mp4", patched(b"mdhd", 12, most)


def element(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return kind + struct.pack(">Q", len(body) | 1 << 56) + body


def segment_parts(data: bytes) -> list[tuple[bytes, bytes]]:
    """(id, body) of what is inside the Segment of a film that ffmpeg wrote."""
    at = data.index(SEGMENT) + 12
    parts = []
    while at < len(data):
        id_length = 9 - data[at].bit_length()
        kind, at = data[at : at + id_length], at + id_length
        size_length = 9 - data[at].bit_length()
        size = int.from_bytes(data[at : at + size_length], "big") & ((1 << 7 * size_length) - 1)
        at += size_length
        parts.append((kind, data[at : at + size]))
        at += size
    return parts


def matroska(change: Callable[[bytes, bytes], bytes], *more: bytes, data: bytes = b"") -> bytes:
    """The seed film with changed element bodies and further elements, in a Segment of unknown size."""
    data = data or seed_film(".mkv")
    head = data[: data.index(SEGMENT)]
    inside = b"".join(element(kind, change(kind, body)) for kind, body in segment_parts(data))
    return head + SEGMENT + UNKNOWN_SIZE + inside + b"".join(more)


def as_it_is(kind: bytes, body: bytes) -> bytes:
    return body


def with_duration(duration: float, data: bytes = b"") -> bytes:
    def change(kind: bytes, body: bytes) -> bytes:
        at = body.find(DURATION) + len(DURATION)
        return body[:at] + struct.pack(">d", duration) + body[at + 8 :] if kind == INFO else body

    return matroska(change, data=data)


def matroska_files(birds: Canaries) -> Iterator[tuple[str, bytes]]:
    for name, duration in (("not a number", "nan"), ("infinite", "inf"), ("negative", "-1000"), ("zero", "0")):
        yield f"length {name}.mkv", with_duration(float(duration))
    secret = str(birds.secret).encode()
    links = b"".join(element(bytes.fromhex(code), secret.ljust(16, b"x")[:200]) for code in MKV_NAMES.values())
    yield "linked segments.mkv", matroska(lambda kind, body: body + links if kind == INFO else body)
    font = element(b"\x46\x6e", b"../../../../../../tmp/owned.ttf") + element(b"\x46\x60", b"font/ttf")
    attached = element(b"\x61\xa7", font, element(b"\x46\x5c", b"not a font"), element(b"\x46\xae", b"\x01"))
    yield "attachment.mkv", matroska(as_it_is, element(ATTACHMENTS, attached * 500))
    moment = element(b"\xb6", element(b"\x73\xc4", b"\x01"), element(b"\x91", b"\x01"))
    yield "30000 chapters.mkv", matroska(as_it_is, element(CHAPTERS, element(b"\x45\xb9", moment * 30_000)))
    head = seed_film(".mkv")[: seed_film(".mkv").index(SEGMENT)]
    yield "endless segments.mkv", head + (SEGMENT + UNKNOWN_SIZE) * 20_000
    yield "endless clusters.mkv", matroska(as_it_is, (CLUSTER + UNKNOWN_SIZE) * 50_000)
    yield "large head.mkv", EBML + struct.pack(">Q", 2**56 - 2 | 1 << 56) + bytes(1_000)
    gap = with_gap()
    yield "gap of hours.mkv", gap
    yield "gap of hours, hidden.mkv", with_duration(1_000.0, gap)


def made(name: str, *arguments: str) -> bytes:
    path = folder() / f"crafted-{name}"
    run_ffmpeg(*arguments, str(path))
    return path.read_bytes()


def with_gap() -> bytes:
    """A few kilobytes that claim to be a night long: it once became 5,002 files."""
    return made("gap.mkv", *PICTURE, *SOUND, "-vf", "select='lt(n,20)',setpts='(N+gte(N,10)*500000)/25/TB'",
                "-fps_mode", "vfr", "-af", "atrim=end=0.5", *X264, "-c:a", "aac")  # fmt: skip


def odd_films() -> Iterator[tuple[str, bytes]]:
    cover = made("cover.jpg", *PICTURE, "-frames:v", "1")
    big = bytearray(made("frame.avi", *PICTURE, "-frames:v", "50", "-c:v", "mjpeg"))
    at = -1
    while (at := big.find(b"\xff\xc0", at + 1)) > 0:
        struct.pack_into(">HH", big, at + 5, 8_192, 16_384)
    yield "16k by 8k.avi", bytes(big)
    yield "a picture.mp4", cover
    still = ("-i", str(folder() / "crafted-cover.jpg"), "-map", "0:a", "-map", "1", "-c:v", "copy")
    yield "cover only.mp4", made("cover.mp4", *SOUND, *still, "-disposition:v", "attached_pic", "-c:a", "aac")
    words = folder() / "crafted.srt"
    words.write_text("1\n00:00:01,000 --> 00:00:03,000\nhello\n")
    yield "subtitles only.mkv", made("words.mkv", "-i", str(words), "-c:s", "srt")
    yield "sound only.mp4", made("sound.mp4", *SOUND, "-c:a", "aac")
    slow = ("-vf", "setpts=N*500/TB", "-fps_mode", "vfr", "-frames:v", "4", "-enc_time_base", "1:1000", *X264)
    yield "a picture every 500 s.mp4", made("slow.mp4", *PICTURE, *slow)
    fast = ("-vf", "setpts=N/20000/TB,settb=1/90000", "-fps_mode", "vfr", "-enc_time_base", "1:90000", *X264)
    yield "20000 pictures a second.mp4", made("fast.mp4", *PICTURE, *fast)
    many = [part for _ in range(100) for part in ("-map", "0:a")]
    yield "100 tracks.mkv", made("many.mkv", *SOUND, *PICTURE, "-map", "1:v", *many, "-t", "0.5", *X264, "-c:a", "aac")
    yield "foreign container.mp4", made("film.nut", *PICTURE, *X264)
    yield "foreign codec.mkv", made("foreign.mkv", *PICTURE, "-c:v", "ffv1")
    yield "one picture.mp4", made("one.mp4", *PICTURE, "-frames:v", "1", *X264)
    yield "8 by 8.mp4", made("tiny.mp4", *PICTURE, "-vf", "scale=8:8", *X264)
    yield "two lists.ts", made("list.ts", *PICTURE, "-c:v", "mpeg2video") + b"#EXTM3U\n/etc/passwd\n" * 100
