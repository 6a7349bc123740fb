"""How much of a request's body the server takes in. Daphne itself has no limit: it writes a body to disk, then puts all
of it into memory, before the application sees the first header.

Invariant: of one request at most ``BODY_MAX_BYTES`` are kept, whoever sends it and whatever length it announces.
"""

import json

from daphne import http_protocol

BODY_MAX_BYTES = 17 * 1024 * 1024  # the largest upload, a torrent file (movie_requests), and a form around it
# A client that sends too much reads the answer only when it has sent all, so some is received and thrown away.
THROWN_AWAY_MAX_BYTES = 4 * BODY_MAX_BYTES

PROBLEM = {
    "type": "urn:matinee:problem:too_large",
    "title": "Too large",
    "status": 413,
    "code": "too_large",
    "detail": f"A request may hold {BODY_MAX_BYTES // 1_048_576} MB.",
}


class BoundedRequest(http_protocol.WebRequest):  # type: ignore[misc]  # daphne has no types
    """Answers 413 to a body that is too large, and cuts the connection of one that does not end."""

    received_bytes = 0
    is_too_large = False

    def __init__(self, *args: object, **options: object) -> None:
        """Django reads forms; twisted would parse them too, on the thread of the event loop."""
        super().__init__(*args, **options | {"parsePOSTFormSubmission": False})

    def gotLength(self, length: int | None) -> None:  # noqa: N802 - twisted's name
        """``length`` None: a chunked body, whose length is known when it is over."""
        self.is_too_large = length is not None and length > BODY_MAX_BYTES
        super().gotLength(0 if self.is_too_large else length)

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802 - twisted's name
        self.received_bytes += len(data)
        self.is_too_large = self.is_too_large or self.received_bytes > BODY_MAX_BYTES
        if not self.is_too_large:
            super().handleContentChunk(data)
        elif self.received_bytes > THROWN_AWAY_MAX_BYTES:
            self.channel.transport.abortConnection()

    def process(self) -> object:
        if not self.is_too_large:
            return super().process()
        headers = [(b"Content-Type", b"application/problem+json")]
        self.handle_reply({"type": "http.response.start", "status": PROBLEM["status"], "headers": headers})
        self.handle_reply({"type": "http.response.body", "body": json.dumps(PROBLEM).encode()})
        return None


def install() -> None:
    """Make daphne build its requests from our class, which it has no setting for."""
    http_protocol.WebRequest = BoundedRequest
