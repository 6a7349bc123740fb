"""Reading the refresh cookie, and the check that a browser sent it from our own pages."""

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.services import Origin
from apps.common.errors import Forbidden, Unauthenticated
from apps.common.sessions import REFRESH_COOKIE, REFRESH_COOKIE_PATH, device_name, peer_address


def origin_of(request: Request) -> Origin:
    return Origin(address=peer_address(request), device=device_name(request))


def forget_session(response: Response) -> Response:
    response.delete_cookie(REFRESH_COOKIE, path=REFRESH_COOKIE_PATH, samesite="Strict")
    return response


def refresh_token_of(request: Request) -> str:
    """Raises Forbidden for a foreign page, Unauthenticated without a cookie."""
    refuse_foreign_page(request)
    token = request.COOKIES.get(REFRESH_COOKIE, "")
    if not token:
        raise Unauthenticated("You are not signed in.", code="signed_out")
    return str(token)


def refuse_foreign_page(request: Request) -> None:
    """SameSite keeps the cookie from other sites; this keeps it from other ports and schemes of this one."""
    origin = request.headers.get("Origin")
    if origin is None or origin in {settings.SITE_URL, *settings.SOCKET_ORIGINS}:
        return
    if origin != f"{request.scheme}://{request.get_host()}":
        raise Forbidden("This page may not use the sign-in of this site.", code="foreign_origin")
