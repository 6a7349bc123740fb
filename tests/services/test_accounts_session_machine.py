"""Every order of signing in, refreshing, replaying, waiting and signing out, against a model in plain Python."""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

import pytest
from accounts_cast import person
from django.db.models import F
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from apps.accounts import services
from apps.accounts.models import RefreshToken, SignIn
from apps.common.errors import Unauthenticated

HOME = services.Origin(address="127.0.0.1")
numbers = count()


@dataclass
class Family:
    """What should be true: the newest access token works exactly while the family is alive."""

    access: str
    is_alive: bool = True
    successors: dict[str, str] = field(default_factory=dict)
    beyond_grace: set[str] = field(default_factory=set)


class Sessions(RuleBasedStateMachine):
    tokens = Bundle("tokens")

    @initialize()
    def a_person(self):
        self.alice = person(f"alice{next(numbers)}")
        self.families: list[Family] = []

    @rule(target=tokens)
    def sign_in(self):
        opened = services.open_session(self.alice, HOME)
        family = Family(opened.access)
        self.families.append(family)
        return family, opened.refresh

    @rule(target=tokens, token=tokens)
    def refresh(self, token):
        family, value = token
        if not family.is_alive or value in family.beyond_grace:
            family.is_alive = False
            with pytest.raises(Unauthenticated):
                services.refresh(token=value, origin=HOME)
            return multiple()
        fresh = services.refresh(token=value, origin=HOME)
        assert family.successors.setdefault(value, fresh.refresh) == fresh.refresh
        family.access = fresh.access
        return family, fresh.refresh

    @rule()
    def wait_beyond_the_grace(self):
        mine = RefreshToken.objects.filter(sign_in__user=self.alice).exclude(used_at=None)
        mine.update(used_at=F("used_at") - timedelta(seconds=30))
        for family in self.families:
            family.beyond_grace |= set(family.successors)

    @rule(token=tokens)
    def sign_out(self, token):
        family, value = token
        services.sign_out(token=value)
        family.is_alive = False

    @rule()
    def sign_out_everywhere(self):
        services.sign_out_everywhere(self.alice.pk)
        self.alice.refresh_from_db()
        for family in self.families:
            family.is_alive = False

    @invariant()
    def access_works_exactly_while_the_family_lives(self):
        for family in getattr(self, "families", []):
            if family.is_alive:
                assert services.authenticate(family.access)[0] == self.alice
            else:
                with pytest.raises(Unauthenticated):
                    services.authenticate(family.access)

    @invariant()
    def each_token_has_at_most_one_successor(self):
        if not hasattr(self, "alice"):
            return
        for sign_in in SignIn.objects.filter(user=self.alice):
            unused = sign_in.refresh_tokens.filter(used_at=None).count()
            assert unused == 1


@pytest.mark.django_db
def test_any_order_of_events_agrees_with_the_model():
    run_state_machine_as_test(
        Sessions,
        settings=settings(
            max_examples=15,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
            database=None,
        ),
    )
