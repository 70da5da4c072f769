"""Which page answers at which address."""

from django.urls import include, path

urlpatterns = [path("", include("duecourse.web.console.urls"))]
