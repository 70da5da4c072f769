"""Which page answers at which address."""

from django.urls import include, path

urlpatterns = [
    path("my/", include("duecourse.web.portal.urls")),
    path("api/v1/", include("duecourse.web.api.api")),
    path("", include("duecourse.web.console.urls")),
]
