"""Which sound tracks a film offers: one per language, commentaries apart, 5.1 as an extra of the default language.

And what slow lines get instead of the default.
"""

from dataclasses import replace

import pytest

from apps.streaming.domain.ladder import Mode, TrackKind, choose_ladder
from apps.streaming.domain.sounds import EMPTY, NOT_AAC, TOO_WIDE, choose_sounds, is_special
from apps.streaming.domain.source import SoundTimes
from tests.domain.streaming_samples import AUDIO, VIDEO, facts, times


def track(index: int, language: str = "eng", **changes):
    return replace(AUDIO, index=index, language=language, is_default=False, **changes)


def ladder_of(*tracks, **changes):
    every = {entry.index: SoundTimes(times().sounds[1].pts, 1024) for entry in tracks}
    return choose_ladder(facts(audio=tracks, **changes), replace(times(), sounds=every))


def all_sounds(*tracks, **changes):
    ladder = ladder_of(*tracks, **changes)
    return [entry for entry in ladder.tracks if entry.kind == TrackKind.AUDIO]


def sounds(*tracks):
    """What people choose from."""
    return [entry for entry in all_sounds(*tracks) if not entry.recipe.light_of]


def names(*tracks) -> list[str]:
    return [entry.name for entry in sounds(*tracks)]


@pytest.mark.parametrize(
    ("tracks", "expected"),
    [
        ((track(1), track(2, "fre")), ["a-eng-1", "a-fre-2"]),
        ((track(1), replace(track(2, "fre"), is_default=True)), ["a-fre-2", "a-eng-1"]),
        ((track(1), track(2)), ["a-eng-1"]),
        ((track(1, "fre"), track(2, "fra")), ["a-fre-1"]),
        ((track(1), track(2, label="Director's commentary")), ["a-eng-1", "a-eng-2"]),
        ((track(1), track(2, is_special=True), track(3, is_special=True)), ["a-eng-1", "a-eng-2", "a-eng-3"]),
        ((track(1, label="Commentary"), track(2)), ["a-eng-2", "a-eng-1"]),
        ((track(1, label="Commentary"),), ["a-eng-1"]),
        ((track(1, channels=6),), ["a-eng-1", "a-eng-1-51"]),
        ((track(1, channels=8), track(2, "fre", channels=6)), ["a-eng-1", "a-eng-1-51", "a-fre-2"]),
        ((track(1), track(2, channels=6)), ["a-eng-1", "a-eng-2-51"]),
        ((track(1, "../x"),), ["a-und-1"]),
        ((track(1, "und"), track(2, "und")), ["a-und-1", "a-und-2"]),
        ((track(1, "und"), track(2, "und", channels=6)), ["a-und-1", "a-und-2-51"]),
        ((track(1, "und", channels=6), track(2, "")), ["a-und-1", "a-und-1-51", "a-und-2"]),
        ((track(1), track(2, "und"), track(3, "und")), ["a-eng-1", "a-und-2", "a-und-3"]),
        ((track(1, "pt-BR"), track(2, "pt-PT"), track(3, "por-BR")), ["a-pt-1", "a-pt-2"]),
        ((track(1, "pt-BR"), track(2, "pt-PT", channels=6)), ["a-pt-1", "a-pt-2"]),
        ((track(1, codec="adpcm_ima_qt"), track(2, "fre"), track(3)), ["a-fre-2", "a-eng-3"]),
        ((replace(AUDIO, codec=""), track(2, "fre")), ["a-fre-2"]),
        ((track(1), track(2, codec="cook", channels=6)), ["a-eng-1"]),
        ((), []),
    ],
)
def test_entries(tracks, expected):
    assert names(*tracks) == expected


def test_exactly_one_entry_is_the_default_and_it_is_stereo():
    found = sounds(track(1, channels=8), track(2, "fre"), track(3, label="commentary"))
    assert [entry.recipe.is_default for entry in found] == [True, False, False, False]
    assert [entry.recipe.channels for entry in found] == [2, 6, 2, 2]
    assert [entry.recipe.max_kbps for entry in found if entry.recipe.mode == Mode.ENCODE] == [160, 384]
    assert found[1].recipe.label == "English 5.1"
    assert found[0].priority < min(entry.priority for entry in found[1:])


def test_each_track_is_judged_by_its_own_packets():
    tracks = (track(1), track(2, "fre"))
    every = {1: times().sounds[1], 2: times(sound_start=24_000).sounds[1]}
    ladder = choose_ladder(facts(audio=tracks), replace(times(), sounds=every))
    english, french = ladder.tracks[-3:-1]
    assert (english.recipe.mode, french.recipe.mode) == (Mode.COPY, Mode.ENCODE)
    assert french.recipe.lead_s == 0.5
    assert ladder.reasons == ("The sound does not start and end with the picture; it is fitted to it.",)


def test_an_empty_track_gives_its_place_to_the_next():
    ladder = choose_ladder(facts(audio=(AUDIO, track(2))), replace(times(), sounds={2: times().sounds[1]}))
    assert [entry.name for entry in ladder.tracks][-2:] == ["a-eng-2", "a-eng-2-low"]
    assert ladder.tracks[-2].recipe.is_default
    assert "The sound track is empty." in ladder.reasons


def notes(*tracks) -> list[str]:
    """Those about what is no entry; the others say why an entry is not a copy."""
    about_entries = {NOT_AAC, TOO_WIDE}
    return [note for note in ladder_of(*tracks).reasons if note not in about_entries]


@pytest.mark.parametrize(
    ("tracks", "expected"),
    [
        ((track(1), track(2, "fre")), []),
        ((track(1), track(2, channels=6)), []),
        ((track(1), track(2, label="Commentary")), []),
        ((track(1, "und"), track(2, "und")), []),
        (
            (track(1), track(2), track(3)),
            ["The film has several sound tracks in English; not all of them are offered."],
        ),
        (
            (track(1, "por-BR"), track(2, "pt-PT"), track(3, "pt-BR")),
            ["The film has several sound tracks in Portuguese (Brazil); not all of them are offered."],
        ),
        (
            (track(1, "tlh"), track(2, "tlh")),
            ["The film has several sound tracks in tlh; not all of them are offered."],
        ),
        (
            (track(1), track(2, "fre", codec="ape"), track(3, "ger", codec="ape"), track(4, "ger", codec="ape")),
            ["This server does not read Monkey's Audio sound; left out: French, German."],
        ),
        (
            (track(1), track(2, "und", codec="adpcm_ima_qt"), track(3, "spa", codec="")),
            [
                "This server does not read ADPCM IMA QT sound; left out: a track that tells no language.",
                "This server does not read the format of some sound; left out: Spanish.",
            ],
        ),
    ],
)
def test_what_is_left_out_is_told(tracks, expected):
    assert notes(*tracks) == expected


def test_a_track_that_is_not_read_is_not_called_empty():
    ladder = choose_ladder(facts(audio=(AUDIO, track(2, "fre", codec=""))), times())
    assert EMPTY not in ladder.reasons


def test_of_several_tracks_without_a_language_the_menu_says_the_place_or_the_title():
    found = sounds(track(1), track(2, "und"), track(3, "und", label="Japanese"), track(4, "und", channels=6))
    assert [entry.recipe.label for entry in found] == ["", "Track 2", "Japanese", "Track 4"]
    found = sounds(track(1, "und"), track(2, "und", channels=6))
    assert [entry.recipe.label for entry in found] == ["Track 1", "Track 2 5.1"]
    assert [entry.recipe.label for entry in sounds(track(1, "und", channels=6))] == ["", "Sound 5.1"]


def test_variants_of_a_language_keep_their_region():
    found = sounds(track(1, "pt-BR", channels=6), track(2, "pt-PT"))
    assert [entry.recipe.language for entry in found] == ["pt-BR", "pt-BR", "pt-PT"]
    assert found[1].recipe.label == "Portuguese (Brazil) 5.1"


def light(*tracks, **changes):
    return [entry for entry in all_sounds(*tracks, **changes) if entry.recipe.light_of]


@pytest.mark.parametrize("codec", ["aac", "ac3"])
def test_slow_lines_get_the_default_language_in_64_kbit_and_nothing_else(codec):
    [found] = light(track(1, codec=codec, channels=2, bit_rate=192_000), track(2, "fre"), track(3, channels=6))
    assert (found.name, found.recipe.light_of) == ("a-eng-1-low", "a-eng-1")
    assert (found.recipe.mode, found.recipe.max_kbps, found.recipe.channels) == (Mode.ENCODE, 64, 2)
    assert (found.recipe.stream, found.recipe.language) == (1, "eng")
    assert not found.recipe.is_default, "a film is not waiting for it"
    assert not found.recipe.in_one_pass, "it is encoded, also where the usual sound is a copy"


def test_what_is_light_already_is_not_made_twice():
    assert light(track(1, bit_rate=64_000)) == []


def test_a_film_without_a_light_picture_needs_no_light_sound():
    assert light(track(1), video=replace(VIDEO, width=256, height=144), size_bytes=110 * 125 * 120) == []


def test_a_light_track_is_no_louder_in_channels_than_the_one_it_stands_for():
    [found] = light(track(1, channels=1))
    assert found.recipe.channels == 1


@pytest.mark.parametrize(
    ("label", "expected"),
    [("Audiokommentar", True), ("Commentary with cast", True), ("Audio Description", True), ("Stereo", False),
     ("", False), ("Comedy", False)],
)  # fmt: skip
def test_commentaries_are_known_by_their_name(label, expected):
    assert is_special(track(1, label=label)) is expected


def test_no_tracks_are_no_sounds():
    assert choose_sounds([]) == []
