"""Paths below /api/v1/."""

from django.urls import path

from apps.rooms.api import evenings, operating, queue_views, views, voice

urlpatterns = [
    path("rooms", views.RoomsView.as_view()),
    path("rooms/history", evenings.HistoryView.as_view()),
    path("rooms/<uuid:room_id>", views.RoomView.as_view()),
    path("rooms/<uuid:room_id>/invites", views.InvitesView.as_view()),
    path("rooms/<uuid:room_id>/join", views.JoinView.as_view()),
    path("rooms/<uuid:room_id>/play", views.PlayView.as_view()),
    path("rooms/<uuid:room_id>/reactions", views.ReactionsView.as_view()),
    path("rooms/<uuid:room_id>/members/<uuid:member_id>", views.MemberView.as_view()),
    path("rooms/<uuid:room_id>/films", queue_views.FilmsView.as_view()),
    path("rooms/<uuid:room_id>/continue", evenings.ContinueView.as_view()),
    path("rooms/<uuid:room_id>/schedule", evenings.ScheduleView.as_view()),
    path("rooms/<uuid:room_id>/calendar.ics", evenings.CalendarView.as_view()),
    path("rooms/<uuid:room_id>/close", views.CloseView.as_view()),
    path("rooms/<uuid:room_id>/voice", voice.VoiceView.as_view()),
    path("operator/rooms", operating.LiveRoomsView.as_view()),
    path("invites/<str:token>/calendar.ics", evenings.InvitedCalendarView.as_view()),
    path("invites/<str:token>", views.InviteView.as_view()),
    path("auth/guest", views.GuestView.as_view()),
]
