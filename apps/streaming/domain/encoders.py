"""Which encoder makes the H.264 rungs, and how each one is asked for the same thing: a closed vocabulary.

Invariant: whatever the encoder, a rung keeps its level, its rate cap and its forced key pictures; nothing outside this
module and its adapter knows that there is hardware.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from apps.streaming.domain.ladder import Mode, Recipe


class EncoderKind(StrEnum):
    X264 = "x264"
    NVENC = "nvenc"
    VAAPI = "vaapi"
    QSV = "qsv"
    VIDEOTOOLBOX = "videotoolbox"


AUTO = "auto"
CHOICES = (AUTO, *EncoderKind)
# Tried in this order by ``auto``: VAAPI last among the cards, its quality at our rates is the lowest.
HARDWARE = (EncoderKind.NVENC, EncoderKind.QSV, EncoderKind.VIDEOTOOLBOX, EncoderKind.VAAPI)


@dataclass(frozen=True, slots=True)
class Encoder:
    kind: EncoderKind
    device: str = ""  # a render node, for the kinds that need one named


X264 = Encoder(EncoderKind.X264)
CODEC_NAMES: Mapping[EncoderKind, str] = {
    EncoderKind.X264: "libx264",
    EncoderKind.NVENC: "h264_nvenc",
    EncoderKind.VAAPI: "h264_vaapi",
    EncoderKind.QSV: "h264_qsv",
    EncoderKind.VIDEOTOOLBOX: "h264_videotoolbox",
}
AFTER_A_CARD = "-x264"  # in the name of a rung that is begun again: its addresses must not be those of the first try
QUALITY_STEP = 2  # the cards' scales give about the same picture at x264's CRF + 2
UPLOADING = frozenset({EncoderKind.VAAPI})


def encoder_of(rung: Recipe) -> Encoder:
    """The one that was chosen when the rung was planned; x264 where none was."""
    return Encoder(EncoderKind(rung.encoder), rung.device) if rung.encoder else X264


def made_by(rung: Recipe, encoder: Encoder) -> Recipe:
    return replace(rung, encoder=encoder.kind.value, device=encoder.device)


def begun_again(name: str) -> str:
    """The name of the rung ``name`` when x264 makes all of it anew."""
    return f"{planned_name(name)}{AFTER_A_CARD}"


def planned_name(name: str) -> str:
    """What the rung was called in the plan."""
    return name.removesuffix(AFTER_A_CARD)


def encoder_arguments(encoder: Encoder, rung: Recipe, *, threads: int | None = None) -> list[str]:
    """The options of one output: codec, quality, rate cap, level, and that a forced key picture is an IDR."""
    quality = str(rung.crf + (0 if encoder.kind == EncoderKind.X264 else QUALITY_STEP))
    own: Mapping[EncoderKind, list[str]] = {
        EncoderKind.X264: ["-preset", "veryfast", "-crf", quality, "-sc_threshold", "0", "-forced-idr", "1",
                           "-pix_fmt", "yuv420p", *(["-threads", str(threads)] if threads else [])],
        EncoderKind.NVENC: ["-preset", "p4", "-rc", "vbr", "-cq", quality, "-b:v", "0", "-no-scenecut", "1",
                            "-forced-idr", "1", "-pix_fmt", "yuv420p"],
        EncoderKind.VAAPI: ["-rc_mode", "QVBR", "-global_quality", quality, "-b:v", f"{rung.max_kbps * 4 // 5}k",
                            "-idr_interval", "0"],
        EncoderKind.QSV: ["-preset", "veryfast", "-global_quality", quality, "-b:v", f"{rung.max_kbps * 4 // 5}k",
                          "-forced_idr", "1", "-pix_fmt", "nv12"],
        EncoderKind.VIDEOTOOLBOX: ["-b:v", f"{rung.max_kbps * 4 // 5}k", "-allow_sw", "0", "-pix_fmt", "yuv420p"],
    }  # fmt: skip
    limits = ["-maxrate", f"{rung.max_kbps}k", "-bufsize", f"{rung.max_kbps * 2}k"]
    level = ["-level:v", str(rung.level)] if encoder.kind == EncoderKind.VAAPI else _dotted(rung.level)
    return ["-c:v", CODEC_NAMES[encoder.kind], "-profile:v", "high", *level, *own[encoder.kind], *limits]


def _dotted(level: int) -> list[str]:
    return ["-level:v", f"{level // 10}.{level % 10}"] if level else []


def device_arguments(encoder: Encoder) -> list[str]:
    """Options in front of the inputs."""
    return ["-vaapi_device", encoder.device] if encoder.kind in UPLOADING else []


def upload_filter(encoder: Encoder) -> str:
    """What each rung's filter chain ends with, beginning with a comma, or empty."""
    return ",format=nv12,hwupload" if encoder.kind in UPLOADING else ""


def try_arguments(encoder: Encoder) -> list[str]:
    """One second of a moving pattern through the encoder, thrown away."""
    rung = Recipe(mode=Mode.ENCODE, stream=0, width=640, height=360, crf=23, max_kbps=1_200, fps="25", level=30)
    picture = f"testsrc2=size={rung.width}x{rung.height}:rate=25:duration=1"
    return [
        "-nostdin", "-hide_banner", "-v", "error", *device_arguments(encoder), "-f", "lavfi", "-i", picture,
        "-vf", f"format=yuv420p{upload_filter(encoder)}", *encoder_arguments(encoder, rung), "-g", "100000",
        "-force_key_frames", "0.5", "-f", "null", "-",
    ]  # fmt: skip
