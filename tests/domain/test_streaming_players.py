"""Nobody can speak for the player of somebody else."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from apps.streaming.domain.players import player_of

ALICE, BOB = UUID(int=1), UUID(int=2)


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_player_belongs_to_one_viewer_and_one_session(session, other):
    assert player_of(ALICE, session) == player_of(ALICE, session)
    assert player_of(ALICE, session) != player_of(BOB, session)
    assert (player_of(ALICE, session) == player_of(ALICE, other)) == (session == other)
    assert player_of(ALICE, session) != ALICE


def test_the_viewer_stands_for_a_player_without_a_name():
    assert player_of(ALICE, "") == ALICE
