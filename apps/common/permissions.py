"""Who may call a view. Every view names one of these; a system check refuses a view that does not.

They look at attributes of the request's user only, so that common need not know the accounts app.
"""

from typing import Any

from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.request import Request


class Anyone(AllowAny):
    """No sign-in needed."""


class IsPerson(BasePermission):
    """Signed in: a member or a guest of a room."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(request.user and request.user.is_authenticated)


class IsMember(IsPerson):
    """Signed in with an account; guests are refused."""

    message = "Guests see their room only. Create an account to do this."

    def has_permission(self, request: Request, view: Any) -> bool:
        return super().has_permission(request, view) and not getattr(request.user, "is_guest", False)


class IsVerified(IsMember):
    """A member whose email address is verified: needed to request films and to host rooms."""

    message = "Verify your email address first: open the link we sent you."

    def has_permission(self, request: Request, view: Any) -> bool:
        return super().has_permission(request, view) and bool(getattr(request.user, "is_verified", False))


class IsOperator(IsMember):
    """The person who runs this server."""

    message = "Only the operator of this server can do this."

    def has_permission(self, request: Request, view: Any) -> bool:
        return super().has_permission(request, view) and bool(getattr(request.user, "is_staff", False))
