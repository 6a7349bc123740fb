"""One family of domain errors. Pure: the edges (api, consumers/base) turn them into HTTP problems and error frames.

Invariant: every error carries a stable ``code`` for programs and a sentence that tells a person what to do.
"""

from collections.abc import Mapping


class DomainError(Exception):
    """A refusal that a person can act on. ``status`` is the HTTP status the edge answers with."""

    status = 400
    code = "invalid"

    def __init__(self, message: str, *, code: str | None = None, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.fields = dict(fields or {})


class Invalid(DomainError):
    """The input cannot be used; ``fields`` says which part and why."""


class Unauthenticated(DomainError):
    status = 401
    code = "unauthenticated"


class Forbidden(DomainError):
    status = 403
    code = "forbidden"


class NotFound(DomainError):
    """Also the answer for things that belong to somebody else: they do not exist for this person."""

    status = 404
    code = "not_found"


class Conflict(DomainError):
    """The state moved on since the caller looked; reading again and retrying is safe."""

    status = 409
    code = "conflict"


class TooLarge(DomainError):
    status = 413
    code = "too_large"


class TooMany(DomainError):
    """A rate or quota limit; ``retry_after_s`` tells when trying again makes sense."""

    status = 429
    code = "too_many"

    def __init__(self, message: str, *, retry_after_s: int, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after_s = retry_after_s


class Unavailable(DomainError):
    """Something outside does not answer; trying again later is safe."""

    status = 503
    code = "unavailable"

    def __init__(self, message: str, *, retry_after_s: int = 5, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after_s = retry_after_s
