"""Signing in by password, and choosing a new one.

Invariant: known and unknown addresses get the same answer after the same work, and a new password ends every session.
"""

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from apps.accounts.domain import LetterKind, RevokeReason, normalise_email
from apps.accounts.models import User
from apps.accounts.services import letters
from apps.accounts.services.limits import Limit, draw, draw_call, refill, refill_calls
from apps.accounts.services.registration import check_password_strength
from apps.accounts.services.sessions import Origin, SessionTokens, open_session, sign_out_everywhere
from apps.common.errors import Conflict, Invalid, Unauthenticated


def login(*, email: str, password: str, origin: Origin) -> SessionTokens:
    """Raises Unauthenticated when the pair is wrong, TooMany after too many wrong ones."""
    email = normalise_email(email)
    draw_call(origin.address)
    draw(Limit.PASSWORDS_PER_ACCOUNT, email)
    user = User.objects.filter(email=email, is_active=True).first()
    if not _is_password_of(user, password) or user is None:
        raise Unauthenticated("That address and password do not belong together.", code="bad_credentials")
    refill(Limit.PASSWORDS_PER_ACCOUNT, email)
    refill_calls(origin.address)
    return open_session(user, origin)


def forgot_password(*, email: str, origin: Origin) -> None:
    draw_call(origin.address)
    letters.write_letter(LetterKind.RESET_PASSWORD, to=normalise_email(email))


def reset_password(*, token: str, password: str, origin: Origin) -> None:
    """Set a new password by the link of a letter, which proves the address as well. Raises Invalid, TooMany."""
    draw_call(origin.address)
    letter = letters.peek_by_token(LetterKind.RESET_PASSWORD, token)
    user = User.objects.filter(email=letter.to, is_active=True).first() if letter else None
    if user is None or user.email is None:
        raise Invalid("This link was used already or is too old. Ask for a new one.", code="link_invalid")
    check_password_strength(password, email=user.email, name=user.name)  # before the link is used up
    hashed = make_password(password)
    with transaction.atomic():
        letters.open_by_token(LetterKind.RESET_PASSWORD, token)
        letters.close_letters(LetterKind.RESET_PASSWORD, to=user.email)
        letters.close_letters(LetterKind.VERIFY_EMAIL, to=user.email)
        User.objects.filter(pk=user.pk).update(password=hashed, is_verified=True)
        _after_change(user)
    refill(Limit.PASSWORDS_PER_ACCOUNT, user.email)
    refill_calls(origin.address)


def change_password(*, user: User, current: str, new: str, origin: Origin) -> SessionTokens:
    """Sign out every device, then sign this one in again. Raises Invalid, Conflict, TooMany."""
    email = user.email or ""
    draw(Limit.PASSWORDS_PER_ACCOUNT, email)
    if not check_password(current, user.password):
        raise Invalid("The current password is wrong.", fields={"current": "This is not your password."})
    check_password_strength(new, email=email, name=user.name)
    with transaction.atomic():
        changed = User.objects.filter(pk=user.pk, password=user.password).update(password=make_password(new))
        if changed != 1:
            raise Conflict("Your password was just changed elsewhere.")
        _after_change(user)
    refill(Limit.PASSWORDS_PER_ACCOUNT, email)
    user.refresh_from_db()
    return open_session(user, origin)


def _after_change(user: User) -> None:
    sign_out_everywhere(user.pk, RevokeReason.PASSWORD_CHANGED)
    letters.write_letter(LetterKind.PASSWORD_CHANGED, to=user.email or "")


def _is_password_of(user: User | None, password: str) -> bool:
    if user is None:
        make_password(password)  # the same work, so that the time does not tell who has an account
        return False
    return check_password(password, user.password)
