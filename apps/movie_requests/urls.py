"""Addresses of requests."""

from django.urls import path

from apps.movie_requests.api import views

ONE = "requests/<uuid:acquisition_id>"

urlpatterns = [
    path("requests", views.RequestsView.as_view()),
    path(ONE, views.RequestView.as_view()),
    path(f"{ONE}/events", views.RequestEventsView.as_view()),
    path(f"{ONE}/cancel", views.CancelView.as_view()),
    path(f"{ONE}/retry", views.RetryView.as_view()),
    path(f"{ONE}/follow", views.FollowView.as_view()),
    path(f"{ONE}/unfollow", views.UnfollowView.as_view()),
    path(f"{ONE}/approve", views.ApproveView.as_view()),
    path(f"{ONE}/decline", views.DeclineView.as_view()),
]
