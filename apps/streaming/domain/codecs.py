"""The CODECS attribute (RFC 6381) of a track, read from the sample description of its init segment.

Invariant: an unknown or cut-off description gives an empty text, never a guess: browsers judge a rung by this string.
"""

from collections.abc import Callable, Mapping

RECORD_BEFORE = 4  # a box's size and type lie before its body; the type is what is searched for
MPEG4_OBJECT_AAC = 0x40
DECODER_CONFIG, DECODER_SPECIFIC = 0x04, 0x05
AAC_LC = 2
TIERS = "LH"
HDR_TRANSFERS = (16, 18)  # PQ and HLG, ITU-T H.273


def codecs_of(entry: bytes) -> str:
    """Of one sample entry (size, four letters, body), or empty."""
    read = READERS.get(entry[4:8])
    if read is None:
        return ""
    box, build = read
    at = entry.find(box)
    try:
        return build(entry[at + RECORD_BEFORE :]) if at > 0 else ""
    except IndexError:
        return ""


def _avc(record: bytes) -> str:
    return f"avc1.{record[1]:02x}{record[2]:02x}{record[3]:02x}"


def _hevc(record: bytes) -> str:
    """ISO/IEC 14496-15 annex E: profile, reversed compatibility flags, tier and level, constraint bytes."""
    space = ("", "A", "B", "C")[record[1] >> 6]
    flags = int.from_bytes(record[2:6], "big")
    reversed_flags = int(f"{flags:032b}"[::-1], 2)
    tier = TIERS[record[1] >> 5 & 1]
    constraints = list(record[6:12])
    while constraints and not constraints[-1]:
        constraints.pop()
    parts = [f"{space}{record[1] & 31}", f"{reversed_flags:X}", f"{tier}{record[12]}", *(f"{c:X}" for c in constraints)]
    return "hvc1." + ".".join(parts)


def _av1(record: bytes) -> str:
    """AV1 in ISOBMFF, section 5: profile, level, tier and bit depth."""
    profile, level = record[1] >> 5, record[1] & 31
    flags = record[2]
    tier = "MH"[flags >> 7]
    is_high, is_twelve = flags >> 6 & 1, flags >> 5 & 1
    depth = (12 if is_twelve else 10) if is_high else 8
    return f"av01.{profile}.{level:02d}{tier}.{depth:02d}{_av1_colours(record, flags)}"


def _av1_colours(record: bytes, flags: int) -> str:
    """The optional fields, told for HDR only: without them the string means BT.709."""
    at = record.find(b"colrnclx")
    if at < 0:
        return ""
    primaries, transfer, matrix = (int.from_bytes(record[at + n : at + n + 2], "big") for n in (8, 10, 12))
    if transfer not in HDR_TRANSFERS:
        return ""
    chroma = f"{flags >> 4 & 1}.{flags >> 3 & 1}{flags >> 2 & 1}{flags & 3}"
    return f".{chroma}.{primaries:02d}.{transfer:02d}.{matrix:02d}.{record[at + 14] >> 7}"


def _vp9(record: bytes) -> str:
    """VP9 in ISOBMFF: profile, level and bit depth; the record is a full box."""
    text = f"vp09.{record[4]:02d}.{record[5]:02d}.{record[6] >> 4:02d}"
    if record[8] not in HDR_TRANSFERS:
        return text
    chroma, full_range = record[6] >> 1 & 7, record[6] & 1
    return f"{text}.{chroma:02d}.{record[7]:02d}.{record[8]:02d}.{record[9]:02d}.{full_range:02d}"


def _mpeg4_audio(record: bytes) -> str:
    """The object type inside the elementary stream descriptor: 2 for AAC-LC, 5 for HE-AAC."""
    at = record.find(bytes((DECODER_CONFIG,)), 4)
    if at < 0:
        return ""
    kind_at = _after_length(record, at + 1)
    if record[kind_at] != MPEG4_OBJECT_AAC:
        return f"mp4a.{record[kind_at]:02x}"
    specific = record.find(bytes((DECODER_SPECIFIC,)), kind_at + 13)
    object_type = record[_after_length(record, specific + 1)] >> 3 if specific > 0 else AAC_LC
    return f"mp4a.40.{object_type}"


def _after_length(record: bytes, at: int) -> int:
    """Behind a descriptor's length, which takes one byte for every 7 bits."""
    while record[at] & 0x80:
        at += 1
    return at + 1


READERS: Mapping[bytes, tuple[bytes, Callable[[bytes], str]]] = {
    b"avc1": (b"avcC", _avc),
    b"avc3": (b"avcC", _avc),
    b"hvc1": (b"hvcC", _hevc),
    b"hev1": (b"hvcC", _hevc),
    b"av01": (b"av1C", _av1),
    b"vp09": (b"vpcC", _vp9),
    b"mp4a": (b"esds", _mpeg4_audio),
}
