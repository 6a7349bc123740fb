"""Grants: a plan for somebody from one moment to another. They are added and never changed, so history stays."""

from uuid import uuid4

from django.db import models

from apps.billing.domain import PlanName


class Grant(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="grants")
    plan = models.CharField(max_length=20, choices=[(name.value, name.value) for name in PlanName])
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    provider = models.CharField(max_length=20, default="manual")
    granted_by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(name="billing_grant_of_user", fields=["user", "ends_at"])]

    def __str__(self) -> str:
        return f"{self.plan} for {self.user_id} until {self.ends_at:%Y-%m-%d}"
