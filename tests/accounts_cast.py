"""The cast of every test: alice (host, premium), bob (member), charlie (stranger), and guests with a name only."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts import services
from apps.accounts.models import User

# Still argon2id, but 1 MiB instead of 100 for each hash: the tests make hundreds.
Argon2PasswordHasher.memory_cost, Argon2PasswordHasher.time_cost, Argon2PasswordHasher.parallelism = 1024, 1, 1

PASSWORD = "correct horse battery"


def person(name: str, *, password: str | None = None, is_verified: bool = True, **fields: Any) -> User:
    """A member. Without ``password`` nobody can sign in by one, which saves the 0.1 s of hashing it."""
    return User.objects.create_user(
        email=f"{name}@example.org", name=name.title(), password=password, is_verified=is_verified, **fields
    )


def guest(room_id: UUID, name: str = "Gwen") -> User:
    until = timezone.now() + timedelta(hours=6)
    return services.open_guest_session(name=name, room_id=room_id, until=until).user


def client_of(user: User) -> APIClient:
    """A client that is signed in as ``user``, by a real access token."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {services.open_session(user, services.Origin()).access}")
    return client
