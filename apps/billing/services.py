"""What somebody may do, and giving it to them. The only provider is the operator's hand.

Invariant: ``entitlement`` reads grants each time it is asked; labels and token claims decide nothing.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts import selectors as accounts
from apps.accounts import services as accounts_services
from apps.billing.domain import Entitlement, Plan, PlanName, add_months, plan_in_force
from apps.billing.models import Grant
from apps.common.errors import NotFound


def entitlement(user_id: UUID, key: Entitlement) -> int | bool:
    """The value of one benefit for this person now. Heights in lines, sizes in people, counts per 7 days."""
    return plan_of(user_id).allows[key]


def plan_of(user_id: UUID) -> Plan:
    now = timezone.now()
    granted = Grant.objects.filter(user_id=user_id, starts_at__lte=now, ends_at__gt=now)
    names = [PlanName(name) for name in granted.values_list("plan", flat=True)]
    return plan_in_force(names, is_operator=accounts.is_operator(user_id))


def grant(user_id: UUID, plan: PlanName, months: int, *, granted_by: UUID | None = None) -> datetime:
    """Give ``months`` of ``plan``, after what is already granted of it, and return its new end.

    Raises Invalid for a number of months out of range, NotFound for nobody.
    """
    with transaction.atomic():
        if not accounts_services.lock_person(user_id):  # two grants at once must follow each other, not overlap
            raise NotFound("There is no such person.")
        now = timezone.now()
        running = Grant.objects.filter(user_id=user_id, plan=plan, ends_at__gt=now).order_by("-ends_at").first()
        starts_at = running.ends_at if running else now
        ends_at = add_months(starts_at, months)
        Grant.objects.create(user_id=user_id, plan=plan, starts_at=starts_at, ends_at=ends_at, granted_by_id=granted_by)
        accounts_services.show_plan(user_id, plan=plan, until=ends_at)
    return ends_at
