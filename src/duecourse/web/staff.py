"""The lender's people: who they are, in which roles, and what these let them do (`web.rights`)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, User
from django.db import transaction

from .rights import GENERAL, GUESTS, ROLES
from .staff_tables import StaffRoles

DEMO = "demo"
SYSTEM = "system"


class NoSuchRole(Exception):
    """A role that there is not."""

    code = "no_such_role"


class NoSuchStaff(Exception):
    """Nobody of this name may come in."""

    code = "no_such_staff"


class OwnRoles(Exception):
    """Nobody changes their own roles."""

    code = "own_roles"


class NoReasonForRoles(Exception):
    """Roles are given and taken with a reason."""

    code = "roles_without_reason"


class Member(NamedTuple):
    """Somebody of staff: in which roles, since when, given by whom and why (since None: before that was kept)."""

    username: str
    roles: tuple[str, ...]
    is_active: bool
    since: datetime | None
    by: str
    reason: str


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


def admit(
    *, username: str, password: str | None, roles: Sequence[str] = (GENERAL,), by: str = SYSTEM, reason: str = ""
) -> User:
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
    StaffRoles.objects.create(user=user, roles=sorted({*roles}), by=by, reason=reason)
    return user


def give(*, username: str, roles: Sequence[str], by: str, reason: str) -> None:
    """Give somebody who may come in these roles and no other; with none they are let in no more.

    Refuses one's own, a role that there is not, somebody that there is not, and what has no reason.
    """
    if username == by:
        raise OwnRoles(f"{by}: another person changes your roles")
    if not reason.strip():
        raise NoReasonForRoles(f"{username}: say why their roles change")
    if not roles:
        if not dismiss(username=username, by=by, reason=reason.strip()):
            raise NoSuchStaff(f"there is nobody called {username[:40]!r}")
        return
    with transaction.atomic():
        groups = [group(role) for role in roles]
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None:
            raise NoSuchStaff(f"nobody called {username[:40]!r} may come in")
        user.groups.set(groups)
        StaffRoles.objects.create(user=user, roles=sorted({*roles}), by=by, reason=reason.strip())


def members() -> list[Member]:
    """Everybody of staff by name, with who gave them their roles and why."""
    newest: dict[int, StaffRoles] = {row.user_id: row for row in StaffRoles.objects.order_by("id")}
    found = []
    for one in User.objects.order_by("username").prefetch_related("groups"):
        row = newest.get(one.id)
        told = (row.recorded_at, row.by, row.reason) if row else (None, "", "")
        found.append(Member(one.username, tuple(sorted(g.name for g in one.groups.all())), one.is_active, *told))
    return found


def dismiss(*, username: str, by: str = SYSTEM, reason: str = "") -> bool:
    """Let somebody in no more, at once and in no role; False for a name that there is not."""
    found = User.objects.filter(username=username).first()
    if found is None:
        return False
    found.is_active = False
    found.save(update_fields=["is_active"])
    found.groups.clear()
    StaffRoles.objects.create(user=found, roles=[], by=by, reason=reason)
    return True


def demo() -> User:
    """The visitor of a demo, who has no password and may look, no more."""
    found = User.objects.filter(username=DEMO).first()
    if found is not None and found.groups.filter(name=GUESTS).exists():
        return found
    return admit(username=DEMO, password=None, roles=(GUESTS,))
