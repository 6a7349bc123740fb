"""CODECS strings from sample descriptions, against the strings that the specifications print as their examples."""

import struct

import pytest

from apps.streaming.domain.codecs import codecs_of
from apps.streaming.domain.levels import h264_codecs, h264_level


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, kind) + body


def entry(kind: bytes, record: bytes, *after: bytes) -> bytes:
    return box(kind, bytes(78) + record + b"".join(after))


def hvc(profile: int, flags: int, tier_high: bool, level: int, constraints: bytes) -> bytes:
    return box(b"hvcC", struct.pack(">BBI", 1, tier_high << 5 | profile, flags) + constraints + bytes([level]))


def av1(profile: int, level: int, flags: int) -> bytes:
    return box(b"av1C", bytes([0x81, profile << 5 | level, flags, 0]))


def vp9(profile: int, level: int, depth: int, transfer: int) -> bytes:
    return box(b"vpcC", bytes([1, 0, 0, 0, profile, level, depth << 4 | 1 << 1, 9, transfer, 9]))


def esds(config: bytes) -> bytes:
    specific = bytes([5, 0x80, 0x80, len(config)]) + config
    decoder = bytes([4, len(specific) + 13, 0x40]) + bytes(12) + specific
    return box(b"esds", bytes(4) + bytes([3, len(decoder) + 3, 0, 1, 0]) + decoder)


COLOURS = box(b"colr", b"nclx" + struct.pack(">HHHB", 9, 16, 9, 0))


@pytest.mark.parametrize(
    ("description", "codecs"),
    [
        (entry(b"avc1", box(b"avcC", bytes([1, 0x64, 0, 0x28]))), "avc1.640028"),
        (entry(b"hvc1", hvc(1, 0x60000000, False, 93, b"\xb0\0\0\0\0\0")), "hvc1.1.6.L93.B0"),
        (entry(b"hev1", hvc(2, 0x20000000, True, 153, b"\x90\0\0\0\0\0")), "hvc1.2.4.H153.90"),
        (entry(b"hvc1", hvc(1, 0x60000000, False, 120, bytes(6))), "hvc1.1.6.L120"),
        (entry(b"av01", av1(0, 8, 0b0000_1100)), "av01.0.08M.08"),
        (entry(b"av01", av1(0, 13, 0b1100_1100)), "av01.0.13H.10"),
        (entry(b"av01", av1(0, 8, 0b0100_1100), COLOURS), "av01.0.08M.10.0.110.09.16.09.0"),
        (entry(b"vp09", vp9(0, 10, 8, 1)), "vp09.00.10.08"),
        (entry(b"vp09", vp9(2, 10, 10, 16)), "vp09.02.10.10.01.09.16.09.00"),
        (box(b"mp4a", bytes(28) + esds(b"\x11\x90")), "mp4a.40.2"),
        (box(b"mp4a", bytes(28) + esds(b"\x2b\x11")), "mp4a.40.5"),
    ],
)
def test_a_sample_description_gives_its_codecs(description, codecs):
    assert codecs_of(description) == codecs


@pytest.mark.parametrize(
    "description",
    [b"", b"1234", entry(b"avc1", b""), entry(b"avc1", box(b"avcC", b"\x01d")), entry(b"xvid", bytes(40)),
     entry(b"hvc1", box(b"hvcC", bytes(5))), box(b"mp4a", bytes(28) + box(b"esds", bytes(6)))],
)  # fmt: skip
def test_what_is_unknown_or_cut_off_is_never_guessed(description):
    assert codecs_of(description) == ""


@pytest.mark.parametrize(
    ("width", "height", "fps", "kbps", "level"),
    [(320, 180, 25, 350, 30), (854, 480, 30, 1_200, 31), (1280, 720, 24, 2_800, 31), (1280, 720, 60, 2_800, 32),
     (1920, 1080, 30, 5_000, 40), (1920, 1080, 60, 5_000, 42), (3840, 2160, 30, 5_000, 51),
     (7680, 4320, 60, 5_000, 52)],
)  # fmt: skip
def test_the_lowest_level_that_holds_the_picture(width, height, fps, kbps, level):
    assert h264_level(width, height, fps, kbps) == level


def test_an_encoded_rung_has_a_name_before_it_exists():
    assert h264_codecs(31) == "avc1.64001f"
