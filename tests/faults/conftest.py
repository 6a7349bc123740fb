"""A real server whose processes get killed while they work."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.product import Person, Product, open_folder
from tests.rooms_house import Pair, looking_into, migrate, open_pair


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    with open_folder("matinee-faults-") as folder:
        server = Product(folder / "data")
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="module")
def operator(product: Product) -> Person:
    return Person.operator(product)


@pytest.fixture(scope="module")
def alice(product: Product, operator: Person) -> Person:
    return Person.member(product, "alice", operator)


@pytest.fixture(scope="session")
def pair(django_db_blocker: Any) -> Iterator[Pair]:
    """Postgres, with our tables, and Valkey, for tests that freeze and empty them."""
    with open_folder("matinee-pair-") as folder, open_pair(folder / "data") as servers:
        with django_db_blocker.unblock(), looking_into(servers):
            migrate()
        yield servers
