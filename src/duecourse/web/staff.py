"""The lender's people: who they are, in which roles, and what these let them do (`web.rights`)."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, User

from .rights import GENERAL, GUESTS, ROLES

DEMO = "demo"


class NoSuchRole(Exception):
    """A role that there is not."""

    code = "no_such_role"


class Roles(ModelBackend):
    """Signs staff in by name and password; what they may do is what their roles say in `web.rights.ROLES`."""

    def get_group_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """The rights of every role of a person who is let in, and those that a lender's own groups give."""
        given: set[str] = set(super().get_group_permissions(user_obj, obj))
        if obj is None and user_obj.is_active and not user_obj.is_anonymous:
            for role in user_obj.groups.values_list("name", flat=True):
                given.update(ROLES.get(role, ()))
        return given


def group(role: str = GENERAL) -> Group:
    """The group of people in a role; made when it is not there. Refuses a role that there is not."""
    if role not in ROLES:
        raise NoSuchRole(f"{role!r} is none of the roles {', '.join(ROLES)}")
    return Group.objects.get_or_create(name=role)[0]


def admit(*, username: str, password: str | None, roles: Sequence[str] = (GENERAL,)) -> User:
    """Let one of the lender's people in, in these roles and no other; again: gives new roles and a new password.

    Without a password nobody can sign in under this name. Refuses a role that there is not.
    """
    groups = [group(role) for role in roles]
    user, _ = User.objects.get_or_create(username=username)
    if password is not None:
        user.set_password(password)
    else:
        user.set_unusable_password()
    user.save(update_fields=["password"])
    user.groups.set(groups)
    return user


def listed() -> list[tuple[str, tuple[str, ...], bool]]:
    """Everybody who is staff, by name: in which roles, and whether they may come in at all."""
    people = User.objects.order_by("username").prefetch_related("groups")
    return [(one.username, tuple(sorted(g.name for g in one.groups.all())), one.is_active) for one in people]


def dismiss(*, username: str) -> bool:
    """Let somebody in no more, at once and in no role; False for a name that there is not."""
    found = User.objects.filter(username=username).first()
    if found is None:
        return False
    found.is_active = False
    found.save(update_fields=["is_active"])
    found.groups.clear()
    return True


def demo() -> User:
    """The visitor of a demo, who has no password and may look, no more."""
    found = User.objects.filter(username=DEMO).first()
    if found is not None and found.groups.filter(name=GUESTS).exists():
        return found
    return admit(username=DEMO, password=None, roles=(GUESTS,))
