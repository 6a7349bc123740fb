"""What may become of a message, and how reactions on the film are counted."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from apps.rooms.domain.talk import CHANGE_WITHIN, Emoji, Place, Sent, counted, why_not_edit, why_not_remove

SAID_AT = datetime(2026, 1, 1, 20, 0, tzinfo=UTC)
IN_TIME, TOO_LATE = SAID_AT + CHANGE_WITHIN, SAID_AT + CHANGE_WITHIN + timedelta(seconds=1)


def sent(*, is_own: bool = True, is_removed: bool = False) -> Sent:
    return Sent(at=SAID_AT, is_own=is_own, is_removed=is_removed)


def test_own_words_can_be_changed_for_a_quarter_of_an_hour() -> None:
    assert why_not_edit(sent(), IN_TIME) == ""
    assert why_not_edit(sent(), TOO_LATE) == "A message can be changed for 15 minutes."


def test_nobody_changes_what_others_said_or_what_is_gone() -> None:
    assert why_not_edit(sent(is_own=False), IN_TIME).endswith(".")
    assert why_not_edit(sent(is_removed=True), IN_TIME).endswith(".")


@pytest.mark.parametrize(
    ("is_own", "is_moderator", "now", "may"),
    [
        (True, False, IN_TIME, True),
        (True, False, TOO_LATE, False),
        (False, False, IN_TIME, False),
        (False, True, TOO_LATE, True),
        (True, True, TOO_LATE, True),
    ],
)
def test_a_message_is_removed_by_its_writer_in_time_or_by_a_moderator(
    is_own: bool, is_moderator: bool, now: datetime, may: bool
) -> None:
    assert (why_not_remove(sent(is_own=is_own), now, is_moderator=is_moderator) == "") is may


def test_reactions_are_summed_over_the_people_who_may() -> None:
    alice, bob, charlie = uuid4(), uuid4(), uuid4()
    wow = Place(Emoji.WOW, 10)
    given = {(alice, wow): 2, (bob, wow): 1, (charlie, wow): 50, (bob, Place(Emoji.SAD, 10)): 1}
    sums = counted(given, frozenset({alice, bob}), duration_ms=0)
    assert sums == {wow: 3, Place(Emoji.SAD, 10): 1}


def test_nobody_reacts_behind_the_end_of_the_film() -> None:
    alice = uuid4()
    given = {(alice, Place(Emoji.WOW, 86_000)): 1, (alice, Place(Emoji.WOW, 600)): 1}
    assert counted(given, frozenset({alice}), duration_ms=600_500) == {Place(Emoji.WOW, 600): 2}
