import pytest

from apps.streaming.domain.marks import (
    LONGEST_LOOK_S,
    MAX_CHAPTERS,
    MAX_WINDOWS,
    REACH_S,
    Chapter,
    Mark,
    MarkKind,
    clean_chapters,
    listening_spans,
    marks_from,
    named_marks,
    spans_in,
    windows_of,
)

FILM_S = 6_000.0


def cut(at_s):
    return (at_s, at_s + 0.5)


def test_chapters_are_told_in_the_films_own_time():
    found = [
        {"start_s": 61.4, "end_s": 121.4, "title": "Two\x00\n\u2028 words"},
        {"start_s": 1.4, "end_s": 61.4, "title": ""},
        {"start_s": 121.4, "end_s": 9e9, "title": "x" * 500},
        {"start_s": 500, "end_s": 600, "title": "after the end"},
        {"start_s": 50, "end_s": 50, "title": "empty"},
    ]
    chapters = clean_chapters(found, zero_s=1.4, duration_s=130)
    assert [(chapter.start_s, chapter.end_s) for chapter in chapters] == [(0, 60), (60, 120), (120, 130)]
    assert [chapter.title for chapter in chapters] == ["Chapter 1", "Two words", "x" * 120]


def test_chapters_are_not_more_than_a_menu_holds():
    found = [{"start_s": float(index), "end_s": index + 1.0, "title": ""} for index in range(5_000)]
    assert len(clean_chapters(found, zero_s=0, duration_s=5_000)) == MAX_CHAPTERS


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Intro", MarkKind.INTRO),
        ("OPENING", MarkKind.INTRO),
        ("Opening Credits", MarkKind.INTRO),
        ("01 - Main Title", MarkKind.INTRO),
        ("OP", MarkKind.INTRO),
        ("Générique", MarkKind.INTRO),
        ("Credits", MarkKind.CREDITS),
        ("The End Credits", MarkKind.CREDITS),
        ("Ending", MarkKind.CREDITS),
        ("Abspann", MarkKind.CREDITS),
        ("The Opening of the Door", None),
        ("Ed arrives", None),
        ("Part 1", None),
        ("Introducing Bob", None),
    ],
)
def test_names_of_chapters_tell_intro_and_credits(title, kind):
    marks = named_marks([Chapter(10, 70, title)])
    assert marks == ([Mark(kind, 10, 70)] if kind else [])


def test_black_and_silent_moments_frame_the_intro_and_begin_the_credits():
    cuts = [cut(30), cut(90), cut(300), cut(5_500), cut(5_700)]
    marks = marks_from(cuts, cuts, [], FILM_S)
    assert marks == [Mark(MarkKind.INTRO, 30.25, 90.25), Mark(MarkKind.CREDITS, 5_700.25, FILM_S)]


def test_black_alone_or_silence_alone_is_no_cut():
    assert marks_from([cut(30), cut(90)], [], [], FILM_S) == []
    assert marks_from([], [cut(30), cut(90)], [], FILM_S) == []
    assert marks_from([cut(30), cut(90)], [cut(40), cut(100)], [], FILM_S) == []


def test_names_win_over_what_was_seen():
    chapters = [Chapter(0, 45, "Intro"), Chapter(45, 5_000, "Story")]
    cuts = [cut(60), cut(120), cut(5_800)]
    assert marks_from(cuts, cuts, chapters, FILM_S) == [
        Mark(MarkKind.INTRO, 0, 45),
        Mark(MarkKind.CREDITS, 5_800.25, FILM_S),
    ]


@pytest.mark.parametrize("cuts", [[cut(10), cut(15)], [cut(10), cut(400)], [cut(10)], [cut(5_990)], [cut(3_000)]])
def test_moments_that_frame_nothing_like_an_intro_are_not_offered(cuts):
    assert marks_from(cuts, cuts, [], FILM_S) == []


def test_a_short_film_has_no_intro():
    cuts = [cut(20), cut(60)]
    assert marks_from(cuts, cuts, [], 200) == []
    assert listening_spans(200) == []


def test_only_the_beginning_and_the_end_are_listened_to():
    assert listening_spans(FILM_S) == [(0.0, 1_200.0), (5_400.0, 6_000.0)]
    assert listening_spans(600) == [(0.0, 200.0), (200.0, 600)]


def test_pictures_are_looked_at_around_the_longest_silences_only():
    silences = [(10.0 * index, 10.0 * index + 0.5 + index / 1_000) for index in range(100)] + [(2_000.0, 2_500.0)]
    windows = windows_of(silences, FILM_S)
    assert len(windows) == MAX_WINDOWS
    assert (2_000 - REACH_S, 2_000 + LONGEST_LOOK_S + REACH_S) in windows
    assert (990 - REACH_S, 990.599 + REACH_S) in windows
    assert sum(end - start for start, end in windows) < 120


def test_spans_are_read_from_ffmpegs_report():
    report = (
        "frame:1 pts:100 pts_time:2\nlavfi.silence_start=1.5\nframe:2\nlavfi.silence_end=3.25\n"
        "lavfi.silence_start=nan\nlavfi.silence_end=9\nlavfi.silence_start=-0.1\nlavfi.silence_end=0.5\n"
        "lavfi.silence_start=7\n"
    )
    spans = spans_in(report, "lavfi.silence_start", "lavfi.silence_end", until_s=10)
    assert spans == [(1.5, 3.25), (0.0, 0.5), (7.0, 10)]
