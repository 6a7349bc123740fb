"""The cast of a room, for tests over real sockets."""

import pytest

from apps.accounts.models import User
from apps.rooms.models import Room
from tests.accounts_cast import person
from tests.rooms_party import room_of


@pytest.fixture
def alice(transactional_db: None) -> User:
    return person("alice")


@pytest.fixture
def bob(transactional_db: None) -> User:
    return person("bob")


@pytest.fixture
def charlie(transactional_db: None) -> User:
    return person("charlie")


@pytest.fixture
def room(alice: User, bob: User) -> Room:
    return room_of(alice, bob)
