"""The product without the limit on one member's ``typing``, which small rooms would be measured by instead of the
server. For `make bench-fanout` only."""

from consumers.limits import LIMITS
from project.asgi import application

__all__ = ["application"]
LIMITS["typing"] = (10_000, 10_000)
