"""The tracks beside picture, sound and text: image subtitles, and the small pictures of the seek bar."""

from fractions import Fraction

from apps.streaming.domain.decoders import IMAGE_SUBTITLES
from apps.streaming.domain.grid import whole
from apps.streaming.domain.ladder import SUBTITLE_PRIORITY, Mode, Recipe, Track, TrackKind, subtitle_recipe
from apps.streaming.domain.languages import language_code
from apps.streaming.domain.source import SourceFacts
from apps.streaming.domain.trickplay import NAME


def side_tracks(facts: SourceFacts, duration_s: float) -> list[Track]:
    """``facts.video`` must be there."""
    if facts.video is None:
        raise ValueError("small pictures need a picture")
    grid = whole(Fraction(duration_s))
    images = [
        Track(f"p-{language_code(track.language)}-{track.index}", TrackKind.IMAGE, subtitle_recipe(track), grid, (),
              SUBTITLE_PRIORITY)
        for track in facts.subtitles
        if track.codec in IMAGE_SUBTITLES
    ]  # fmt: skip
    sheets = Recipe(mode=Mode.ENCODE, stream=facts.video.index)
    return [*images, Track(NAME, TrackKind.TRICKPLAY, sheets, grid, (), SUBTITLE_PRIORITY)]
