"""The cast of a room, for tests over real sockets."""

import gc
from collections.abc import AsyncIterator, Iterator

import pytest

from apps.accounts.models import User
from apps.rooms.models import Room
from tests.accounts_cast import person
from tests.rooms_party import room_of, tidy_up


@pytest.fixture
async def tidied_rooms() -> AsyncIterator[None]:
    """Nothing of a test's rooms goes on after it."""
    yield
    await tidy_up()


@pytest.fixture(scope="module")
def collected() -> Iterator[None]:
    yield
    gc.collect()  # connections of threads that ended with their event loop


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
