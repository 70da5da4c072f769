"""Which page answers at which address."""

from django.urls import include, path
from django.views.decorators.http import require_safe

from duecourse.web.portal import paying

from .health import healthz, readyz

urlpatterns = [
    path("healthz", require_safe(healthz), name="healthz"),
    path("readyz", require_safe(readyz), name="readyz"),
    path("my/", include("duecourse.web.portal.urls")),
    path("providers/<str:provider>", paying.told, name="provider_told"),
    path("api/v1/", include("duecourse.web.api.api")),
    path("", include("duecourse.web.console.urls")),
]
