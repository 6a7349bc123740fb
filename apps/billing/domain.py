"""Plans and what they allow. Adding a benefit: a member of ``Entitlement`` and its value in each plan."""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from apps.common.errors import Invalid


class PlanName(StrEnum):
    FREE = "free"
    PREMIUM = "premium"


class Entitlement(StrEnum):
    REQUESTS_PER_WEEK = "requests_per_week"
    MAX_HEIGHT = "max_height"
    PARTY_SIZE = "party_size"
    PINS = "pins"
    PLAY_WHILE_DOWNLOADING = "play_while_downloading"
    PRIORITY = "priority"


@dataclass(frozen=True, slots=True)
class Plan:
    name: PlanName
    allows: Mapping[Entitlement, int | bool]


FREE = Plan(
    PlanName.FREE,
    MappingProxyType(
        {
            Entitlement.REQUESTS_PER_WEEK: 3,
            Entitlement.MAX_HEIGHT: 720,
            Entitlement.PARTY_SIZE: 8,
            Entitlement.PINS: 0,
            Entitlement.PLAY_WHILE_DOWNLOADING: False,
            Entitlement.PRIORITY: False,
        }
    ),
)
PREMIUM = Plan(
    PlanName.PREMIUM,
    MappingProxyType(
        {
            Entitlement.REQUESTS_PER_WEEK: 15,
            Entitlement.MAX_HEIGHT: 1080,
            Entitlement.PARTY_SIZE: 50,
            Entitlement.PINS: 5,
            Entitlement.PLAY_WHILE_DOWNLOADING: True,
            Entitlement.PRIORITY: True,
        }
    ),
)
PLANS: Mapping[PlanName, Plan] = MappingProxyType({plan.name: plan for plan in (FREE, PREMIUM)})
RANK = (PlanName.FREE, PlanName.PREMIUM)  # from least to most

MONTHS_MAX = 120


def plan_in_force(granted: Iterable[PlanName], *, is_operator: bool) -> Plan:
    """The best of what was granted; whoever runs the server has everything it can do."""
    if is_operator:
        return PREMIUM
    return PLANS[max(granted, key=RANK.index, default=PlanName.FREE)]


def add_months(start: datetime, months: int) -> datetime:
    """The same day ``months`` later, or that month's last day: 31 January + 1 is 28 or 29 February.

    Raises Invalid for less than one month or more than ten years.
    """
    if not 1 <= months <= MONTHS_MAX:
        raise Invalid(f"Grant from 1 to {MONTHS_MAX} months.", fields={"months": "Out of range."})
    year, month_index = divmod(start.year * 12 + start.month - 1 + months, 12)
    _, last_day = monthrange(year, month_index + 1)
    return start.replace(year=year, month=month_index + 1, day=min(start.day, last_day))
