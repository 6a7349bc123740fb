"""Reads about people, for screens and for other apps."""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts.domain import Person
from apps.accounts.models import SignIn, User
from apps.common.models import OutboxMail

OUTBOX_SHOWN = 200


def names(user_ids: Iterable[UUID]) -> dict[UUID, str]:
    return dict(User.objects.filter(pk__in=list(user_ids)).values_list("pk", "name"))


def is_operator(user_id: UUID) -> bool:
    return User.objects.filter(pk=user_id, is_staff=True, is_active=True).exists()


def operators() -> list[UUID]:
    return list(User.objects.filter(is_staff=True, is_active=True).values_list("pk", flat=True))


def token_version(user_id: UUID) -> int | None:
    """Grows whenever all that this person is signed in with ends; None for somebody who is not let in at all."""
    return User.objects.filter(pk=user_id, is_active=True).values_list("token_version", flat=True).first()


def verified_address(user_id: UUID) -> str | None:
    """Where this person may be written to, if anywhere."""
    reachable = User.objects.filter(pk=user_id, is_active=True, is_verified=True)
    return reachable.values_list("email", flat=True).first()


def live_sign_ins(user_id: UUID) -> QuerySet[SignIn]:
    return SignIn.objects.filter(user_id=user_id, revoked_at=None, expires_at__gt=timezone.now())


def still_welcome(people: Collection[Person]) -> set[Person]:
    """Without those whose account was disabled, signed out everywhere, or whose very sign-in ended."""
    alive = User.objects.filter(pk__in={person.id for person in people}, is_active=True)
    versions = dict(alive.values_list("pk", "token_version"))
    families = {person.family for person in people if person.family is not None}
    open_ones = SignIn.objects.filter(pk__in=families, revoked_at=None, expires_at__gt=timezone.now())
    signed_in = set(open_ones.values_list("pk", "user_id")) if families else set()
    return {
        person
        for person in people
        if versions.get(person.id) == person.token_version
        and (person.family is None or (person.family, person.id) in signed_in)
    }


def outbox() -> list[OutboxMail]:
    return list(OutboxMail.objects.order_by("-created_at", "-pk")[:OUTBOX_SHOWN])
