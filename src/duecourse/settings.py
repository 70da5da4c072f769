"""Django's settings. Everything that differs between machines comes from the environment (docs/guide/settings.md)."""

import base64
import contextlib
import os
import secrets
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

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
            "prepare_threshold": 2**31,  # not after so many uses, only what asks for it (ledger.journal.run)
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
    return os.environ.get("DUECOURSE_SECRET_KEY") or kept("secret_key", lambda: secrets.token_urlsafe(50))


def kept(name: str, make: Callable[[], str]) -> str:
    """A secret that is made once and kept under DUECOURSE_HOME, for its owner alone to read."""
    place = Path(HOME) / name
    if not place.exists():
        draft = place.with_suffix(f".{os.getpid()}.tmp")
        draft.touch(mode=0o600)
        draft.write_text(make())
        with contextlib.suppress(FileExistsError):  # another command was first: its key is the key
            os.link(draft, place)
        draft.unlink()
    return place.read_text()


def pii_keys() -> list[str]:
    """DUECOURSE_PII_KEYS (Fernet keys, the newest first), else one that is made once and kept under DUECOURSE_HOME."""
    told = os.environ.get("DUECOURSE_PII_KEYS")
    return told.split(",") if told else [kept("pii_key", lambda: base64.urlsafe_b64encode(os.urandom(32)).decode())]


def day_told(name: str) -> date | None:
    """A day that the environment names, None where it names none; refuses what is no day."""
    told = os.environ.get(name, "")
    try:
        return date.fromisoformat(told) if told else None
    except ValueError as fault:
        raise ImproperlyConfigured(f"{name} is {told!r}: write a day as YYYY-MM-DD, or nothing") from fault


DATABASES = databases()
SECRET_KEY = secret_key()
PII_KEYS = pii_keys()
DEBUG = False
ALLOWED_HOSTS = os.environ.get("DUECOURSE_HOSTS", "127.0.0.1,localhost").split(",")
INSTALLED_APPS = [
    "duecourse",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]
MIDDLEWARE = [
    "duecourse.web.health.Probes",
    "duecourse.web.traced.Traced",
    "django.middleware.security.SecurityMiddleware",
    "duecourse.web.middleware.PageHeaders",
    "duecourse.web.middleware.BodyLimit",
    "duecourse.web.api.errors.ApiProblems",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "duecourse.web.middleware.DemoVisitor",
    "duecourse.web.middleware.Rights",
]
ROOT_URLCONF = "duecourse.web.urls"
WSGI_APPLICATION = "duecourse.web.wsgi.application"
WEB = Path(__file__).parent / "web"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [WEB / "console" / "templates", WEB / "portal" / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "duecourse.web.console.shown.everywhere",
            ],
            "libraries": {"shown": "duecourse.web.console.templatetags.shown"},
        },
    }
]

FONTS = os.environ.get("DUECOURSE_FONTS", "")
LENDER = os.environ.get("DUECOURSE_LENDER", "")
LENDER_CONTACT = os.environ.get("DUECOURSE_LENDER_CONTACT", "")
PUBLIC_URL = os.environ.get("DUECOURSE_URL", "http://127.0.0.1:8000").rstrip("/")
CHANNELS = os.environ.get("DUECOURSE_CHANNELS", "")
PROVIDERS = os.environ.get("DUECOURSE_PROVIDERS", "")
WEBHOOKS_PRIVATE = os.environ.get("DUECOURSE_WEBHOOKS_PRIVATE") == "1"
DEMO = os.environ.get("DUECOURSE_DEMO") == "1"
HTTPS = os.environ.get("DUECOURSE_HTTPS") == "1"
PROXIES = int(os.environ.get("DUECOURSE_PROXIES", "1" if HTTPS else "0"))
AUTHENTICATION_BACKENDS = ["duecourse.web.staff.Roles"]
MFA_ADAPTER = "duecourse.web.second_factor.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1
SECOND_FACTOR_FROM = day_told("DUECOURSE_SECOND_FACTOR_FROM")
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "day"
LOGOUT_REDIRECT_URL = "login"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "sessionid"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrftoken"
X_FRAME_OPTIONS = "DENY"
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
SECURE_SSL_REDIRECT = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None

STATIC_URL = "/static/"
STATIC_ROOT = WEB / "static"
LANGUAGE_CODE = "en"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [Path(__file__).parent / "locale"]
LANGUAGE_COOKIE_NAME = "duecourse_language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = HTTPS
MIGRATION_MODULES = {"duecourse": "duecourse.migrations"}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
OTLP = os.environ.get("DUECOURSE_OTLP", "")
LOG = os.environ.get("DUECOURSE_LOG", "plain")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "duecourse.logs.PlainLines"}, "json": {"()": "duecourse.logs.JsonLines"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "json" if LOG == "json" else "plain"},
        "nowhere": {"class": "logging.NullHandler"},
    },
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "ERROR", "propagate": True},
        "duecourse": {"handlers": ["stderr"], "level": "WARNING", "propagate": True},
        "duecourse.request": {"level": "INFO" if LOG == "json" else "WARNING"},
        "apprise": {
            "handlers": ["nowhere"],
            "level": "DEBUG",
            "propagate": False,
        },  # what it says names people and keys
    },
}
