"""Pages as tests ask for them and read them."""

import re
from typing import Any


def client(username: str | None = "bob", language: str = "en") -> Any:
    """A browser of someone who is signed in, or of nobody."""
    from django.contrib.auth.models import User
    from django.test import Client

    browser = Client(headers={"accept-language": language})
    if username:
        browser.force_login(User.objects.get(username=username))
    return browser


def quick_passwords() -> Any:
    """Passwords hashed quickly, for tests that type many."""
    from django.test import override_settings

    return override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])


def text(response: Any) -> str:
    """What a page says, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode()))
