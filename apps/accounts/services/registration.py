"""How people get in: by registering and proving their address, or, for the first operator, by the set-up link.

Invariant: an address is nobody's until its letter was opened; the password in force is then the one typed in the
registration which that letter confirms, so registering somebody else's address beforehand gains nothing. A letter sent
again confirms the newest registration.
"""

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from apps.accounts.adapters import secret_values
from apps.accounts.domain import LetterKind, clean_name, normalise_email
from apps.accounts.models import Letter, SetupToken, User
from apps.accounts.services import letters
from apps.accounts.services.limits import draw_call, refill_calls
from apps.accounts.services.sessions import Origin, SessionTokens, open_session, sign_out_everywhere
from apps.common.errors import Invalid


def register(*, email: str, name: str, password: str, origin: Origin) -> None:
    """Make an unverified account and write to the address. The caller cannot tell whether the address was known.

    Raises Invalid for a weak password or an empty name, TooMany.
    """
    draw_call(origin.address)
    email, name = normalise_email(email), clean_name(name)
    check_password_strength(password, email=email, name=name)
    hashed = make_password(password)
    with transaction.atomic():
        user, _ = User.objects.get_or_create(email=email, defaults={"name": name, "password": hashed})
        if user.is_verified:
            letters.write_letter(LetterKind.ALREADY_REGISTERED, to=email)
        else:
            letters.write_letter(LetterKind.VERIFY_EMAIL, to=email, password=hashed)


def resend_verification(*, email: str, origin: Origin) -> None:
    """Write again for the newest registration of this address.

    When that was forgotten, the letter brings a password that nobody knows: its reader then chooses one by mail.
    """
    draw_call(origin.address)
    email = normalise_email(email)
    newest = letters.newest_password(email) or make_password(None)
    letters.write_letter(LetterKind.VERIFY_EMAIL, to=email, password=newest)


def verify_by_link(*, token: str, origin: Origin) -> None:
    """Raises Invalid when the link was used or is too old, TooMany."""
    draw_call(origin.address)
    with transaction.atomic():
        _confirm(letters.open_by_token(LetterKind.VERIFY_EMAIL, token))
    refill_calls(origin.address)


def verify_by_code(*, email: str, code: str, origin: Origin) -> None:
    """Raises Invalid when the code is wrong, used up or too old, TooMany."""
    draw_call(origin.address)
    # Not in the transaction: a wrong code raises, and the try that it cost must stay spent.
    letter = letters.open_by_code(LetterKind.VERIFY_EMAIL, to=normalise_email(email), code=code)
    with transaction.atomic():
        _confirm(letter)
    refill_calls(origin.address)


def _confirm(letter: Letter) -> None:
    user = User.objects.filter(email=letter.to, is_active=True).first()
    if user is None:
        raise Invalid("This account is not there any more.", code="link_invalid")
    User.objects.filter(pk=user.pk).update(is_verified=True)
    letters.close_letters(LetterKind.VERIFY_EMAIL, to=letter.to)
    if letter.password and letter.password != user.password and not user.is_verified:
        User.objects.filter(pk=user.pk).update(password=letter.password)
        sign_out_everywhere(user.pk)


def create_setup_token() -> str | None:
    """A new one-time token that makes the first operator and replaces earlier ones; None once there is an operator."""
    if User.objects.filter(is_staff=True, is_active=True).exists():
        return None
    token = secret_values.new_token()
    with transaction.atomic():
        SetupToken.objects.all().delete()
        SetupToken.objects.create(digest=secret_values.digest(token))
    return token


def set_up_first_operator(*, token: str, email: str, name: str, password: str, origin: Origin) -> SessionTokens:
    """Turn the set-up link into the operator's account, whose address counts as verified: who runs the server is known.

    Raises Invalid when the link is not the newest, was used, or an operator exists; TooMany.
    """
    draw_call(origin.address)
    email, name = normalise_email(email), clean_name(name)
    check_password_strength(password, email=email, name=name)
    with transaction.atomic():
        used_up, _ = SetupToken.objects.filter(digest=secret_values.digest(token)).delete()
        if used_up != 1 or User.objects.filter(is_staff=True, is_active=True).exists():
            raise Invalid("This set-up link was used already or replaced by a newer one.", code="link_invalid")
        operator = {"name": name, "password": make_password(password), "is_verified": True, "is_staff": True}
        user, is_new = User.objects.update_or_create(email=email, defaults=operator | {"is_active": True})
        if not is_new:
            sign_out_everywhere(user.pk)
            user.refresh_from_db()
    refill_calls(origin.address)
    return open_session(user, origin)


def check_password_strength(password: str, *, email: str, name: str) -> None:
    """Raises Invalid with what is missing."""
    try:
        validate_password(password, User(email=email, name=name))
    except ValidationError as error:
        text = " ".join(error.messages)
        raise Invalid(text, code="password_weak", fields={"password": text}) from error
