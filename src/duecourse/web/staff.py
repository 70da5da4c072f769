"""The lender's people: who may view the book."""

from django.contrib.auth.models import Group, Permission, User

VIEW_BOOK = "duecourse.view_book"
GROUP = "staff"
DEMO = "demo"


def group() -> Group:
    """The group of people who may view the book; made when it is not there."""
    found, _ = Group.objects.get_or_create(name=GROUP)
    right = Permission.objects.get(content_type__app_label="duecourse", codename="view_book")
    if not found.permissions.filter(id=right.id).exists():
        found.permissions.add(right)
    return found


def admit(*, username: str, password: str | None) -> User:
    """Let a person in who may view the book; without a password nobody can sign in under this name."""
    user, _ = User.objects.get_or_create(username=username)
    if password is not None:
        user.set_password(password)
    else:
        user.set_unusable_password()
    user.save(update_fields=["password"])
    user.groups.add(group())
    return user


def demo() -> User:
    """The visitor of a demo, who has no password."""
    found = User.objects.filter(username=DEMO).first()
    return found or admit(username=DEMO, password=None)
