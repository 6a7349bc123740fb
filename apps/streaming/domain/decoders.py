"""Which codecs this server reads, and the sentences about what it leaves out.

Invariant: what is not named here is decoded by nobody, neither by ffmpeg nor by the probe: most decoders of libavcodec
were never meant for files from strangers.
"""

from collections.abc import Iterable, Mapping

from apps.streaming.domain.languages import language_name, language_of

# As libavcodec calls its decoders, which is what its whitelist compares.
VIDEO_DECODERS = (
    "h264,hevc,libdav1d,av1,vp9,libvpx-vp9,vp8,libvpx,mpeg4,msmpeg4v1,msmpeg4v2,msmpeg4,mpeg2video,mpeg1video,"
    "h263,flv,wmv1,wmv2,wmv3,vc1,theora,prores,dvvideo,mjpeg"
)
AUDIO_DECODERS = (
    "aac,aac_latm,mp3,mp3float,mp2,mp2float,mp1,mp1float,ac3,eac3,dca,truehd,mlp,flac,alac,vorbis,libvorbis,opus,"
    "libopus,wmav1,wmav2,wmapro,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_f32le,pcm_u8,pcm_alaw,"
    "pcm_mulaw,pcm_bluray,pcm_dvd,tta,wavpack,adpcm_ms,adpcm_ima_wav,amrnb,amrwb,speex"
)
TEXT_DECODERS = "subrip,srt,ass,ssa,mov_text,webvtt,text"
IMAGE_DECODERS = "pgssub,dvdsub,dvbsub"
CODECS = f"{VIDEO_DECODERS},{AUDIO_DECODERS},{TEXT_DECODERS},{IMAGE_DECODERS}"

READ_VIDEO = frozenset(VIDEO_DECODERS.split(","))
READ_AUDIO = frozenset(AUDIO_DECODERS.split(","))
TEXT_SUBTITLES = frozenset(TEXT_DECODERS.split(","))
IMAGE_SUBTITLES = frozenset(IMAGE_DECODERS.split(","))
READ_SUBTITLES = TEXT_SUBTITLES | IMAGE_SUBTITLES

# Where the name in capitals is not what people call it.
NAMES: Mapping[str, str] = {
    "rawvideo": "uncompressed video", "huffyuv": "HuffYUV", "vp6f": "VP6", "cook": "RealAudio", "ape": "Monkey's Audio",
    "cc_dec": "closed caption", "libzvbi_teletextdec": "teletext", "microdvd": "MicroDVD",
}  # fmt: skip


def unread_film(codec: str) -> str:
    """Why a film whose picture has this codec is refused."""
    name = _name_of(codec)
    return f"This film uses {name or 'a format for its picture'}, which this server does not read."


def unread_tracks(kind: str, tracks: Iterable[tuple[str, str]]) -> list[str]:
    """One sentence for each codec about tracks that are left out: their codecs and their languages as the file says.

    ``kind``: what they are tracks of, "sound" or "subtitles".
    """
    languages: dict[str, list[str]] = {}
    for codec, said in tracks:
        language = language_name(language_of(said)) or "a track that tells no language"
        name = _name_of(codec)
        languages.setdefault(f"{name} {kind}" if name else f"the format of some {kind}", []).append(language)
    return [
        f"This server does not read {what}; left out: {', '.join(dict.fromkeys(found))}."
        for what, found in languages.items()
    ]


def _name_of(codec: str) -> str:
    """Empty where the probe has none: libavformat knows formats for which there is no decoder at all."""
    return NAMES.get(codec) or codec.replace("_", " ").upper()
