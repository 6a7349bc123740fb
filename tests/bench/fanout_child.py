"""Rooms, people and tickets for `make bench-fanout`, straight into the database: `python -m tests.bench.fanout_child`.

One JSON object a line in, one out.
"""

import json
import os
import sys
from typing import Any
from uuid import UUID, uuid4

import django

answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)  # whatever logs to standard output must not mix with the answers
django.setup()

from django.contrib.auth.hashers import make_password  # noqa: E402 - needs the settings above

from apps.accounts import services as accounts  # noqa: E402
from apps.accounts.models import User  # noqa: E402
from apps.catalog.services import create_manual_title  # noqa: E402
from apps.rooms import services  # noqa: E402
from apps.rooms.models import Membership  # noqa: E402

people: list[User] = []


def seats(rooms: int, size: int) -> list[tuple[str, str]]:
    """(room, person) of ``rooms`` full rooms; each person sits in one of them."""
    people.clear()
    nobody = make_password(None)
    people.extend(
        User.objects.bulk_create(
            User(email=f"{uuid4().hex}@example.org", name=f"Viewer {number}", password=nobody, is_verified=True)
            for number in range(rooms * size)
        )
    )
    film = create_manual_title(name="A film for many", year=2021)
    found = []
    for number in range(rooms):
        owner, *members = people[number * size : (number + 1) * size]
        room = services.create_room(owner_id=owner.pk, title_id=film.pk, name=f"Room {number}")
        Membership.objects.bulk_create(Membership(room=room, user=member) for member in members)
        found += [(str(room.pk), str(person.pk)) for person in (owner, *members)]
    return found


def tickets(rooms: list[str], first: int) -> list[str]:
    """For the people from number ``first`` on, each for its room."""
    wanted = zip(people[first:], rooms, strict=False)
    return [accounts.issue_ticket(user=user, purpose="room", room_id=UUID(room)) for user, room in wanted]


TASKS = {"seats": seats, "tickets": tickets}


def main() -> None:
    for line in sys.stdin:
        request: dict[str, Any] = json.loads(line)
        answers.write(json.dumps(TASKS[request.pop("do")](**request)) + "\n")


if __name__ == "__main__":
    main()
