import pytest

from apps.streaming.domain.cues import MAX_CUES, MAX_LINES, MAX_TEXT_CHARS, Cue, fit, is_drawing, plain_text, webvtt


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Hello", "Hello"),
        (r"{\an8\pos(1,2)}Above", "Above"),
        (r"one\Ntwo\hthree\nfour", "one\ntwo three\nfour"),
        ("<i>slanted</i> <b>bold</b> <font color='red'>red</font>", "slanted bold red"),
        ("<c.yellow>Bob</c> <v Alice>hi <00:01.000>there", "Bob hi there"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("a < b > c & d", "a < b > c & d"),
        ("{curly} stays", "{curly} stays"),
        ("first<br/>second", "first\nsecond"),
        ("\x00\x07bell\x1b[31m\ud800", "bell [31m"),
        ("two\n\n\nlines", "two\nlines"),
        ("\u202b\u05e9\u05dc\u05d5\u05dd\u200f", "\u202b\u05e9\u05dc\u05d5\u05dd\u200f"),
        ("{\\an8}", ""),
        (" \n \t ", ""),
    ],
)
def test_a_line_is_plain_text(said, shown):
    assert plain_text(said) == shown


def test_in_ass_everything_in_braces_is_hidden():
    assert plain_text(r"{note to self}Text{\i1}", braces_are_styling=True) == "Text"


def test_entities_are_letters_in_webvtt_only():
    assert plain_text("&lt;b&gt; &amp;amp;", has_entities=True) == "<b> &amp;"
    assert plain_text("&lt;b&gt;") == "&lt;b&gt;"


def test_a_line_has_bounds():
    assert len(plain_text("x" * 9_000)) == MAX_TEXT_CHARS
    assert plain_text("\n".join("abcdefghijklmnop")).count("\n") == MAX_LINES - 1


def test_drawings_are_not_text():
    assert is_drawing(r"{\p1}m 0 0 l 100 0 100 100{\p0}")
    assert not is_drawing(r"{\pos(1,2)}Text")


def test_cues_lie_inside_the_film():
    cues = [Cue(-500, 500, "before"), Cue(9_000, 20_000, "over the end"), Cue(12_000, 13_000, "after"), Cue(5, 5, "no")]
    assert fit(cues, duration_ms=10_000) == [Cue(0, 500, "before"), Cue(9_000, 10_000, "over the end")]


@pytest.mark.parametrize(
    ("offset_ms", "expected"),
    [(2_000, [Cue(3_000, 4_000, "a")]), (-1_500, [Cue(0, 500, "a")]), (-9_000, []), (9_500, [])],
)
def test_an_offset_moves_cues_and_drops_what_leaves_the_film(offset_ms, expected):
    assert fit([Cue(1_000, 2_000, "a")], duration_ms=10_000, offset_ms=offset_ms) == expected


def test_overlapping_cues_stay_and_are_sorted():
    cues = [Cue(2_000, 6_000, "second"), Cue(1_000, 3_000, "first")]
    assert fit(cues, duration_ms=10_000) == [Cue(1_000, 3_000, "first"), Cue(2_000, 6_000, "second")]


def test_a_text_that_follows_itself_is_one_cue():
    layers = [Cue(1_000, 2_000, "a"), Cue(1_000, 2_000, "a"), Cue(2_000, 3_000, "a"), Cue(5_000, 6_000, "a")]
    assert fit(layers, duration_ms=10_000) == [Cue(1_000, 3_000, "a"), Cue(5_000, 6_000, "a")]


def test_no_film_has_more_cues_than_the_limit():
    cues = [Cue(index * 10, index * 10 + 5, str(index)) for index in range(MAX_CUES + 10)]
    assert len(fit(cues, duration_ms=10**9)) == MAX_CUES


def test_webvtt_escapes_what_it_would_take_for_markup():
    text = webvtt([Cue(3_661_001, 3_662_000, "a & b\n<i> --> {"), Cue(0, 1, "x")])
    assert text == (
        "WEBVTT\n\n01:01:01.001 --> 01:01:02.000\na &amp; b\n&lt;i&gt; --&gt; {\n\n00:00:00.000 --> 00:00:00.001\nx\n"
    )
    assert webvtt([]) == "WEBVTT\n"
