"""Paths below /api/v1/."""

from django.urls import path

from apps.billing.api.views import PlanListView

urlpatterns = [path("plans", PlanListView.as_view())]
