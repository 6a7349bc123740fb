"""Roles and rules. Invariant: nobody is moved above or by somebody who does not stand above them."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from apps.accounts.domain import Person
from apps.common.errors import Forbidden, Invalid, NotFound
from apps.rooms.domain import rules
from apps.rooms.domain.events import EventKind
from apps.rooms.domain.members import Permission, Preset, Role, can_change_role
from apps.rooms.domain.patience import WaitRule
from apps.rooms.models import Membership, Room, RoomEvent
from apps.rooms.services.history import record, wake
from apps.rooms.services.standing import inside
from apps.rooms.services.wishes import withdraw_wishes


@dataclass(frozen=True, slots=True)
class RuleChange:
    """Only what is given changes."""

    preset: Preset | None = None
    locked: bool | None = None
    slow_s: int | None = None
    wait: WaitRule | None = None

    def given(self) -> dict[str, Any]:
        values = {"preset": self.preset, "locked": self.locked, "slow_s": self.slow_s, "wait": self.wait}
        return {name: value for name, value in values.items() if value is not None}


def change_role(*, room_id: UUID, person: Person, cid: str, user_id: UUID, role: Role) -> None:
    """Give somebody another role. Raises Forbidden, NotFound."""
    with inside(room_id, person.id) as actor:
        target = Membership.objects.filter(room=room_id, user=user_id, removed_at=None).first()
        if target is None:
            raise NotFound("This person is not in the room.")
        if not can_change_role(Role(actor.role), Role(target.role), role):
            raise Forbidden("You may not give this person this role.", code="not_allowed")
        if target.role == role or _is_done(room_id, person, cid):
            return
        Membership.objects.filter(pk=target.pk).update(role=role)
        Room.objects.note_power(room_id)
        record(room_id, EventKind.ROLE, by=person.id, name=person.name, cid=cid, uid=user_id, data={"role": role.value})
        wake(room_id)


def change_rules(*, room_id: UUID, person: Person, cid: str, change: RuleChange) -> None:
    """Change what holds for the whole room. Raises Forbidden, Invalid."""
    with inside(room_id, person.id) as actor:
        if not actor.may(Permission.RULES):
            raise Forbidden("Only hosts change the rules of this room.", code="not_allowed")
        before = actor.room.rules
        after = replace(before, **change.given())
        if fault := rules.fault(after):
            raise Invalid(fault)
        told = rules.changes(before, after)
        if not told or _is_done(room_id, person, cid):
            return
        if after.preset is not before.preset:
            withdraw_wishes(room_id)
        Room.objects.note_power(
            room_id, preset=after.preset, locked=after.locked, slow_s=after.slow_s, wait_rule=after.wait
        )
        record(room_id, EventKind.RULES, by=person.id, name=person.name, cid=cid, data=told)
        wake(room_id)


def _is_done(room_id: UUID, person: Person, cid: str) -> bool:
    """A frame that arrives again must not undo what somebody did since."""
    return RoomEvent.objects.filter(room=room_id, by=person.id, cid=cid).exists()
