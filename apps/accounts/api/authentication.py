"""``Authorization: Bearer <access token>``; ``request.auth`` holds the token's claims."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from apps.accounts import services
from apps.accounts.domain import Claims
from apps.accounts.models import User
from apps.common.errors import Unauthenticated

KEYWORD = "Bearer"


class BearerAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User, Claims] | None:
        header = request.headers.get("Authorization", "")
        if not header:
            return None
        keyword, _, token = header.partition(" ")
        if keyword != KEYWORD or not token:
            raise AuthenticationFailed("The Authorization header must read: Bearer <token>.", "token_invalid")
        try:
            return services.authenticate(token)
        except Unauthenticated as error:  # as the framework's own error it gets the WWW-Authenticate header
            raise AuthenticationFailed(error.message, error.code) from error

    def authenticate_header(self, request: Request) -> str:
        return KEYWORD


def person_of(request: Request) -> User:
    """The signed-in person; permissions have let nobody else come this far."""
    if not isinstance(request.user, User):
        raise Unauthenticated("Sign in first.")
    return request.user


def claims_of(request: Request) -> Claims:
    if not isinstance(request.auth, Claims):
        raise Unauthenticated("Sign in first.")
    return request.auth


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # spectacular's hook has no types
    target_class = BearerAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
