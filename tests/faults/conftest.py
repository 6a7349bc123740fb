"""A real server whose processes get killed while they work."""

from collections.abc import Iterator

import pytest

from tests.product import Person, Product, open_folder


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
