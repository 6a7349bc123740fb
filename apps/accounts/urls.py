"""Paths below /api/v1/."""

from django.urls import path

from apps.accounts.api import auth, me

urlpatterns = [
    path("auth/register", auth.RegisterView.as_view()),
    path("auth/verify-email", auth.VerifyEmailView.as_view()),
    path("auth/verify-email/resend", auth.ResendVerificationView.as_view()),
    path("auth/login", auth.LoginView.as_view()),
    path("auth/refresh", auth.RefreshView.as_view()),
    path("auth/logout", auth.LogoutView.as_view()),
    path("auth/logout-all", auth.LogoutAllView.as_view()),
    path("auth/password/forgot", auth.ForgotPasswordView.as_view()),
    path("auth/password/reset", auth.ResetPasswordView.as_view()),
    path("auth/password/change", auth.ChangePasswordView.as_view()),
    path("auth/sessions", auth.SignInListView.as_view()),
    path("auth/sessions/<uuid:family>", auth.SignInView.as_view()),
    path("auth/setup", auth.SetupView.as_view()),
    path("me", me.MeView.as_view()),
    path("ws/ticket", me.TicketView.as_view()),
    path("outbox", me.OutboxView.as_view()),
]
