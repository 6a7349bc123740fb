"""The product when it does not know its server: every frame by ASGI's ``send``. For `make bench-fanout` only."""

from consumers import transport
from tests.bench.fanout_unlimited import application

__all__ = ["application"]
transport._daphne_protocol = lambda _send: None
