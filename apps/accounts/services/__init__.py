"""The front door of accounts for everything that writes."""

from apps.accounts.services.guests import close_guests, open_guest_session
from apps.accounts.services.letters import post_due_letters, post_letter
from apps.accounts.services.limits import draw_call
from apps.accounts.services.passwords import change_password, forgot_password, login, reset_password
from apps.accounts.services.registration import (
    create_setup_token,
    register,
    resend_verification,
    set_up_first_operator,
    verify_by_code,
    verify_by_link,
)
from apps.accounts.services.sessions import (
    Origin,
    SessionTokens,
    open_session,
    refresh,
    revoke_sign_in,
    sign_out,
    sign_out_everywhere,
)
from apps.accounts.services.tickets import issue_ticket, redeem_ticket
from apps.accounts.services.tokens import authenticate
from apps.accounts.services.upkeep import lock_person, show_plan, sweep

__all__ = [
    "Origin",
    "SessionTokens",
    "authenticate",
    "change_password",
    "close_guests",
    "create_setup_token",
    "draw_call",
    "forgot_password",
    "issue_ticket",
    "lock_person",
    "login",
    "open_guest_session",
    "open_session",
    "post_due_letters",
    "post_letter",
    "redeem_ticket",
    "refresh",
    "register",
    "resend_verification",
    "reset_password",
    "revoke_sign_in",
    "set_up_first_operator",
    "show_plan",
    "sign_out",
    "sign_out_everywhere",
    "sweep",
    "verify_by_code",
    "verify_by_link",
]
