"""Which sound tracks a film is given: one AAC entry per language, commentaries apart, 5.1 as an extra.

Tracks that tell no language may be in any, so each of them is an entry.

Invariant: exactly one entry is the default, and it is stereo, so every browser and every loudspeaker plays it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from apps.streaming.domain.grid import AAC_FRAME
from apps.streaming.domain.languages import UNKNOWN, language_name, language_of, language_tag
from apps.streaming.domain.source import AudioFacts, SoundTimes

COPY_CHANNELS_MAX = 2
COPY_RATE_MAX = 48_000
COPY_GAP_S = 0.5  # a copied track may end this much before or after the picture
SURROUND_CHANNELS = 6
STEREO_KBPS, SURROUND_KBPS = 160, 384
COPIED_KBPS_MAX = 320
LIGHT_KBPS = 64  # beside a picture for slow lines
LIGHT_FROM_KBPS = 96  # a track that needs no more than this is light enough
SPECIAL = re.compile(
    r"comment|kommentar|comentario|descri|audiodeskription|visually|director|hearing|isolated", re.IGNORECASE
)

NOT_AAC = "The sound is not AAC; browsers get AAC instead."
TOO_WIDE = "The sound has more channels or a higher rate than every browser plays."
OUT_OF_STEP = "The sound does not start and end with the picture; it is fitted to it."
EMPTY = "The sound track is empty."


@dataclass(frozen=True, slots=True)
class Sound:
    """One entry that viewers can choose."""

    audio: AudioFacts
    is_default: bool
    channels: int  # 2, or 6 for the extra
    label: str


def is_special(audio: AudioFacts) -> bool:
    """Commentaries and described pictures: never what somebody means by a language."""
    return audio.is_special or bool(SPECIAL.search(audio.label))


def chosen_audio(tracks: Sequence[AudioFacts]) -> AudioFacts | None:
    """What plays when nobody chooses: the file's default, unless that is a commentary and there is something else."""
    plain = [track for track in tracks if not is_special(track)] or list(tracks)
    return next((track for track in plain if track.is_default), plain[0] if plain else None)


def choose_sounds(tracks: Sequence[AudioFacts]) -> list[Sound]:
    """The entries in the order in which they are offered: the default first."""
    default = chosen_audio(tracks)
    if default is None:
        return []
    sounds = [Sound(default, is_default=True, channels=2, label=_label_of(default, tracks))]
    surround = _surround_of(default, tracks)
    if surround is not None:
        label = _surround_label(surround, tracks)
        sounds.append(Sound(surround, is_default=False, channels=SURROUND_CHANNELS, label=label))
    seen = {_tag_of(default)}
    for track in sorted(tracks, key=lambda track: not track.is_default):
        tag = _tag_of(track)
        is_there = track is surround if tag == UNKNOWN else tag in seen
        if track is default or (is_there and not is_special(track)):
            continue
        if not is_special(track):
            seen.add(tag)
        sounds.append(Sound(track, is_default=False, channels=2, label=_label_of(track, tracks)))
    return sounds


def doubled(tracks: Sequence[AudioFacts], sounds: Sequence[Sound]) -> list[str]:
    """What people should know of tracks that are no entry because their language is one."""
    offered = {sound.audio.index for sound in sounds}
    tags = dict.fromkeys(_tag_of(track) for track in tracks if track.index not in offered)
    names = [language_name(tag) or tag for tag in tags]
    return [f"The film has several sound tracks in {name}; not all of them are offered." for name in names]


def _tag_of(audio: AudioFacts) -> str:
    return language_tag(language_of(audio.language))


def _label_of(audio: AudioFacts, tracks: Sequence[AudioFacts]) -> str:
    """Empty: the language says enough. Of several that tell none, the place in the file does."""
    untold = [track for track in tracks if _tag_of(track) == UNKNOWN and not is_special(track)]
    if audio.label.strip() or audio not in untold or len(untold) == 1:
        return audio.label
    return f"Track {tracks.index(audio) + 1}"


def _surround_of(default: AudioFacts, tracks: Sequence[AudioFacts]) -> AudioFacts | None:
    tag = _tag_of(default)
    wide = (
        track
        for track in (default, *tracks)
        if track.channels >= SURROUND_CHANNELS and _tag_of(track) == tag and not is_special(track)
    )
    return next(wide, None)


def _surround_label(audio: AudioFacts, tracks: Sequence[AudioFacts]) -> str:
    tag = _tag_of(audio)
    name = _label_of(audio, tracks) if tag == UNKNOWN else language_name(tag)
    return f"{name or 'Sound'} 5.1"


def copied_kbps(audio: AudioFacts) -> int:
    """As the file says, with room for its swings; else the most that AAC of two channels is ever made with."""
    said_kbps = -(-audio.bit_rate * 5 // 4000)
    return min(COPIED_KBPS_MAX, said_kbps) if said_kbps else COPIED_KBPS_MAX


def audio_refusals(audio: AudioFacts, times: SoundTimes, *, lead_s: Fraction, duration_s: Fraction) -> list[str]:
    """Why a track cannot be copied, in plain words; empty when it can."""
    if audio.codec != "aac" or audio.profile != "LC":
        return [NOT_AAC]
    if audio.channels > COPY_CHANNELS_MAX or audio.sample_rate > COPY_RATE_MAX:
        return [TOO_WIDE]
    time_base = Fraction(audio.time_base)
    length_s = (times.pts[-1] + times.last_duration - times.pts[0]) * time_base
    # Priming makes the first packet up to one AAC frame early; more than that is heard as a lip-sync fault.
    is_in_step = -2 * AAC_FRAME <= lead_s * audio.sample_rate <= AAC_FRAME
    has_gaps = audio_has_gaps(times, time_base, audio.sample_rate)
    if not is_in_step or has_gaps or abs(length_s + lead_s - duration_s) > COPY_GAP_S:
        return [OUT_OF_STEP]
    return []


def audio_has_gaps(times: SoundTimes, time_base: Fraction, sample_rate: int) -> bool:
    """A copied track is counted by packets, so each must follow the last within a few milliseconds."""
    frame = Fraction(AAC_FRAME, sample_rate)
    pairs = zip(times.pts, times.pts[1:], strict=False)
    return any(abs((after - before) * time_base - frame) > frame / 2 for before, after in pairs)
