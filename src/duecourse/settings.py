"""Django's settings. Everything that differs between machines comes from the environment (docs/guide/settings.md)."""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from duecourse import embedded

HOME = embedded.home()
STATEMENT_TIMEOUT_MS = 600_000
LOCK_TIMEOUT_MS = 30_000


def database(url: str, role: str) -> dict[str, Any]:
    """One entry of DATABASES for a PostgreSQL URL; both timeouts are set here and nowhere else."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": query.pop("port", str(parts.port or "")),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout={LOCK_TIMEOUT_MS} -c timezone=UTC",
            "application_name": f"duecourse {role}",
            **query,
        },
    }


def databases() -> dict[str, dict[str, Any]]:
    """`default` is what the application connects as (no owner, no superuser); `owner` is for migrations alone."""
    url = os.environ.get("DATABASE_URL")
    if url:
        return {
            "default": database(url, "app"),
            "owner": database(os.environ.get("DATABASE_OWNER_URL", url), "owner"),
        }
    address = embedded.start(HOME)
    return {
        "default": database(address.url("duecourse_app"), "app"),
        "owner": database(address.url("duecourse_owner"), "owner"),
    }


def secret_key() -> str:
    """DUECOURSE_SECRET_KEY, else one that is made once and kept under DUECOURSE_HOME."""
    told = os.environ.get("DUECOURSE_SECRET_KEY")
    if told:
        return told
    place = Path(HOME) / "secret_key"
    if not place.exists():
        place.touch(mode=0o600)
        place.write_text(secrets.token_urlsafe(50))
    return place.read_text()


DATABASES = databases()
SECRET_KEY = secret_key()
DEBUG = False
ALLOWED_HOSTS = os.environ.get("DUECOURSE_HOSTS", "127.0.0.1,localhost").split(",")
INSTALLED_APPS = [
    "duecourse",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
]
MIGRATION_MODULES = {"duecourse": "duecourse.migrations"}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
