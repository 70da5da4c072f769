"""Which page answers at which address."""

from django.urls import include, path

from duecourse.web.portal import paying

urlpatterns = [
    path("my/", include("duecourse.web.portal.urls")),
    path("providers/<str:provider>", paying.told, name="provider_told"),
    path("api/v1/", include("duecourse.web.api.api")),
    path("", include("duecourse.web.console.urls")),
]
