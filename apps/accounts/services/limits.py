"""Token buckets in Postgres: how often somebody may knock. Sizes stand in ``settings.AUTH_LIMITS``.

Each draw is one statement, so parallel requests cannot draw the same token, and it is never undone by the caller's
transaction failing: call these outside of one.
"""

import math
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.db import connection
from django.utils import timezone

from apps.accounts.adapters import secret_values
from apps.accounts.models import Bucket
from apps.common.errors import TooMany

IPV6_HOME_PREFIX = 64  # one household owns a whole /64, so counting single addresses counts nothing
STALE = timedelta(days=2)  # longer than any bucket takes to fill: a row that old says no more than no row

# GREATEST: a statement that waited for its rival began before the rival's ``filled_at``.
DRAW = """
INSERT INTO accounts_bucket AS b (key, tokens, filled_at) VALUES (%(key)s, %(size)s - 1, statement_timestamp())
ON CONFLICT (key) DO UPDATE SET
    tokens = -1 + LEAST(
        %(size)s, b.tokens + %(rate)s * GREATEST(0, EXTRACT(EPOCH FROM excluded.filled_at - b.filled_at))
    ),
    filled_at = excluded.filled_at
WHERE LEAST(%(size)s, b.tokens + %(rate)s * GREATEST(0, EXTRACT(EPOCH FROM excluded.filled_at - b.filled_at))) >= 1
RETURNING tokens
"""


class Limit(StrEnum):
    PASSWORDS_PER_ACCOUNT = "passwords_per_account"
    CALLS_PER_ADDRESS = "calls_per_address"
    CALLS_PER_HOME_ADDRESS = "calls_per_home_address"
    LETTERS_PER_RECIPIENT = "letters_per_recipient"


def draw(limit: Limit, who: str) -> None:
    """Take one token. Raises TooMany, with the seconds until the next token, when there is none."""
    size, period_s = settings.AUTH_LIMITS[limit]
    with connection.cursor() as cursor:
        cursor.execute(DRAW, {"key": _key(limit, who), "size": float(size), "rate": size / period_s})
        if cursor.fetchone() is None:
            raise TooMany("Too many tries. Wait a little.", retry_after_s=math.ceil(period_s / size))


def has_token(limit: Limit, who: str) -> bool:
    """``draw`` for callers that stay silent instead of refusing."""
    try:
        draw(limit, who)
    except TooMany:
        return False
    return True


def refill(limit: Limit, who: str) -> None:
    """Forget what was drawn: somebody proved who they are."""
    Bucket.objects.filter(key=_key(limit, who)).delete()


def draw_call(address: str) -> None:
    """Charge one auth call to a peer address. Raises TooMany."""
    draw(*_address_bucket(address))


def refill_calls(address: str) -> None:
    refill(*_address_bucket(address))


def drop_stale_buckets() -> int:
    return Bucket.objects.filter(filled_at__lt=timezone.now() - STALE).delete()[0]


def _address_bucket(address: str) -> tuple[Limit, str]:
    try:
        ip = ip_address(address)
    except ValueError:  # a unix socket in front of us: every caller shares one name
        return Limit.CALLS_PER_HOME_ADDRESS, address
    limit = Limit.CALLS_PER_HOME_ADDRESS if ip.is_private or ip.is_loopback else Limit.CALLS_PER_ADDRESS
    if isinstance(ip, IPv6Address):
        return limit, str(ip_network((ip, IPV6_HOME_PREFIX), strict=False))
    return limit, str(ip)


def _key(limit: Limit, who: str) -> str:
    return f"{limit}:{secret_values.digest(who)[:32]}"
