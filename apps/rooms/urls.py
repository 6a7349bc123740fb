"""Paths below /api/v1/."""

from django.urls import path

from apps.rooms.api import views

urlpatterns = [
    path("rooms", views.RoomsView.as_view()),
    path("rooms/<uuid:room_id>", views.RoomView.as_view()),
    path("rooms/<uuid:room_id>/invites", views.InvitesView.as_view()),
    path("rooms/<uuid:room_id>/join", views.JoinView.as_view()),
    path("rooms/<uuid:room_id>/play", views.PlayView.as_view()),
    path("rooms/<uuid:room_id>/reactions", views.ReactionsView.as_view()),
    path("rooms/<uuid:room_id>/members/<uuid:member_id>", views.MemberView.as_view()),
    path("rooms/<uuid:room_id>/close", views.CloseView.as_view()),
    path("invites/<str:token>", views.InviteView.as_view()),
    path("auth/guest", views.GuestView.as_view()),
]
