"""The H.264 level of an encoded rung, chosen before the encode: the master playlist names it while nothing is made yet.

Table A-1 of ITU-T H.264; the rates are those of the High profile (1.25 x the table's).
"""

from fractions import Fraction

HIGH_PROFILE = "6400"  # profile_idc 100, no constraint flags
# (level, macroblocks per second, macroblocks per frame, kbit/s)
LEVELS = (
    (30, 40_500, 1_620, 12_500), (31, 108_000, 3_600, 17_500), (32, 216_000, 5_120, 25_000),
    (40, 245_760, 8_192, 25_000), (42, 522_240, 8_704, 62_500), (50, 589_824, 22_080, 168_750),
    (51, 983_040, 36_864, 300_000), (52, 2_073_600, 36_864, 300_000),
)  # fmt: skip


def h264_level(width: int, height: int, fps: Fraction, max_kbps: int) -> int:
    """The lowest level that allows this picture, as ten times its number."""
    blocks = -(-width // 16) * -(-height // 16)
    for level, per_second, per_frame, kbps in LEVELS:
        if blocks <= per_frame and blocks * fps <= per_second and max_kbps <= kbps:
            return level
    return LEVELS[-1][0]


def h264_codecs(level: int) -> str:
    """The CODECS entry of RFC 6381."""
    return f"avc1.{HIGH_PROFILE}{level:02x}"
