"""Paths below /api/v1/."""

from django.urls import path

from apps.notifications.api import views

urlpatterns = [
    path("notifications", views.InboxView.as_view()),
    path("notifications/seen", views.SeenView.as_view()),
    path("notification-preferences", views.PreferencesView.as_view()),
]
