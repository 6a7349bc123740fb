"""Calendar files as RFC 5545 wants them, and words for people: pure."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from apps.rooms.domain.schedule import News, Party, calendar_file, fault_of, letter_text

NOON = datetime(2026, 12, 4, 12, 0, tzinfo=UTC)
PARTY = Party(
    room="33333333-3333-4333-8333-333333333333",
    name="Friday, again; with “friends”\\",
    film="Night Train",
    host="Alice",
    starts_at=datetime(2026, 12, 4, 19, 30, tzinfo=UTC),
    duration_s=5_400,
    link="https://matinee.example/room/33333333-3333-4333-8333-333333333333",
    sequence=2,
    stamp=NOON,
)


def unfolded(text: str) -> list[str]:
    return text.replace("\r\n ", "").split("\r\n")


def test_a_calendar_reads_when_and_what_and_which_plan_it_is() -> None:
    lines = unfolded(calendar_file(PARTY))
    assert (lines[0], lines[-2], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR", "")
    for line in (
        "METHOD:PUBLISH",
        "UID:room-33333333-3333-4333-8333-333333333333@matinee",
        "DTSTAMP:20261204T120000Z",
        "DTSTART:20261204T193000Z",
        "DTEND:20261204T210000Z",
        "SEQUENCE:2",
        "STATUS:CONFIRMED",
        "SUMMARY:Friday\\, again\\; with “friends”\\\\",
    ):
        assert line in lines


def test_a_party_that_is_off_is_cancelled_in_the_calendar() -> None:
    lines = unfolded(calendar_file(replace(PARTY, is_cancelled=True, sequence=3)))
    assert {"METHOD:CANCEL", "STATUS:CANCELLED", "SEQUENCE:3"} <= set(lines)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_no_line_is_longer_than_75_octets_and_no_name_adds_a_line(name: str) -> None:
    text = calendar_file(replace(PARTY, name=name))
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    plain = calendar_file(PARTY)
    assert len(unfolded(text)) == len(unfolded(plain))


def test_a_party_begins_in_the_future_and_within_a_year() -> None:
    assert fault_of(NOON, now=NOON)
    assert fault_of(NOON + timedelta(days=400), now=NOON)
    assert not fault_of(NOON + timedelta(hours=1), now=NOON)


def test_each_piece_of_news_has_words_of_its_own() -> None:
    texts = {letter_text(news, PARTY) for news in News}
    assert len(texts) == len(News)
    assert all("Friday 4 December 2026, 19:30 UTC" in text for _, text in texts)
