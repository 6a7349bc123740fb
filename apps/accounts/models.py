"""People, their sign-ins, and the single-use secrets that let them in.

Invariant: a secret is stored as a digest only, and it is used up by one conditional UPDATE, so it works once.
"""

from typing import Any, ClassVar
from uuid import uuid4

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.accounts.domain import LetterKind, LetterState, Person


class UserManager(BaseUserManager["User"]):
    def create_user(self, *, email: str | None, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A member, or a guest of one room (``is_guest``: no address, no password, gone when the room closes)."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    email = models.EmailField(unique=True, null=True)  # noqa: DJ001 - guests have none, and NULLs are not equal
    name = models.CharField(max_length=60)
    is_verified = models.BooleanField(default=False)
    is_guest = models.BooleanField(default=False)
    guest_room_id = models.UUIDField(null=True, db_index=True)
    guest_until = models.DateTimeField(null=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    token_version = models.PositiveIntegerField(default=0)
    plan = models.CharField(max_length=20, default="free")  # a label for screens; billing decides what it allows
    plan_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="accounts_guest_has_no_email", condition=Q(is_guest=False) | Q(email__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def plan_label(self) -> str:
        """What screens show; never asked for a decision. Whoever runs the server has everything."""
        if self.is_staff:
            return "premium"
        return self.plan if self.plan_until is None or self.plan_until > timezone.now() else "free"

    def as_person(self, *, family: Any = None) -> Person:
        return Person(
            id=self.id,
            name=self.name,
            is_guest=self.is_guest,
            is_verified=self.is_verified,
            is_staff=self.is_staff,
            token_version=self.token_version,
            family=family,
        )


class SignIn(models.Model):
    """One device that signed in: the family of all refresh tokens that descend from that moment."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="sign_ins")
    device = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)
    revoked_at = models.DateTimeField(null=True)
    revoke_reason = models.CharField(max_length=30, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.user_id} on {self.device}"


class RefreshToken(models.Model):
    """One link of a family. ``salt`` and the token itself give its successor, so no plain successor is kept."""

    digest = models.CharField(max_length=64, primary_key=True)
    sign_in = models.ForeignKey(SignIn, models.CASCADE, related_name="refresh_tokens")
    salt = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.digest[:8]


class Letter(models.Model):
    """A mail about an account, and the single-use secrets in it.

    The secrets are made by the worker that mails them; before that moment they exist nowhere, after it only as digests.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    kind = models.CharField(max_length=30, choices=[(kind.value, kind.value) for kind in LetterKind])
    to = models.EmailField(db_index=True)
    password = models.CharField(max_length=200, blank=True)  # hash typed in the registration this letter confirms
    state = models.CharField(max_length=10, default=LetterState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    handed_at = models.DateTimeField(null=True)
    token_digest = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001 - many letters have none
    code_digest = models.CharField(max_length=64, blank=True)
    expires_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(name="accounts_letter_open", fields=["due_at"], condition=Q(state__in=["queued", "handed"]))
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.to}"


class SetupToken(models.Model):
    """The one-time link that makes the first operator. At most one row; a new link replaces the old."""

    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.digest[:8]


class SocketTicket(models.Model):
    digest = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(User, models.CASCADE)
    family = models.UUIDField(null=True)
    purpose = models.CharField(max_length=10)
    room_id = models.UUIDField(null=True)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.purpose} for {self.user_id}"


class Bucket(models.Model):
    """A token bucket: ``tokens`` as of ``filled_at``; refilled and drawn from by one statement."""

    key = models.CharField(max_length=100, primary_key=True)
    tokens = models.FloatField()
    filled_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key
