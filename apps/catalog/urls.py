"""Addresses of the catalogue; ``artwork_urlpatterns`` belong at the root."""

from django.urls import path

from apps.catalog.api import views

urlpatterns = [
    path("search", views.SearchView.as_view()),
    path("titles", views.TitlesView.as_view()),
    path("titles/<uuid:title_id>", views.TitleView.as_view()),
]
artwork_urlpatterns = [path("artwork/<str:file_name>", views.artwork)]
