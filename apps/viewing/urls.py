"""Addresses of viewing."""

from django.urls import path

from apps.viewing.api import views

urlpatterns = [
    path("library", views.LibraryView.as_view()),
    path("progress/<uuid:title_id>", views.ProgressView.as_view()),
    path("history", views.HistoryView.as_view()),
    path("history/<uuid:title_id>", views.HistoryItemView.as_view()),
    path("watch-later", views.WatchLaterView.as_view()),
    path("watch-later/<uuid:title_id>", views.WatchLaterItemView.as_view()),
]
