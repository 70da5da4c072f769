"""The API put together: its operations under /api/v1, its schema, its page."""

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe
from ninja import NinjaAPI

from . import care, contact, documents, errors, incidents, legal, page, reading, recovery, rules, servicing
from .schema import told_fully

VERSION = "1.0.0"
api = NinjaAPI(
    title="Duecourse",
    version=VERSION,
    description=(
        "Accounts, servicing, documents, care, incidents, contact, recovery and the way to court for programs. Amounts "
        "are whole minor units, days are written as 2026-08-31, refusals are problem+json with a stable code."
    ),
    urls_namespace="api",
    openapi_url=None,
    docs_url=None,
)
errors.install(api)
for part in (reading, documents, servicing, care, contact, incidents, recovery, legal, rules):
    api.add_router("", part.door)


@cache
def schema() -> dict[str, Any]:
    """The OpenAPI document of the API; made once."""
    return told_fully(api.get_openapi_schema(path_prefix="/api/v1/"))


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document; it says nothing about anybody."""
    return JsonResponse(schema())


@require_safe
def api_page(request: HttpRequest) -> HttpResponse:
    """Every operation and shape, for people; it says nothing about anybody."""
    told = schema()
    shown = {"subjects": page.subjects(told), "shapes": list(page.shapes(told)), "version": VERSION}
    return render(request, "api.html", shown)


found, _, _ = api.urls
operations = [one for one in found if one.name != "api-root"]
urlpatterns = [
    path("", api_page, name="api_page"),
    path("openapi.json", openapi, name="openapi"),
    *operations,
]
