"""The lender's people: who may view the book, issue documents, tell partners again."""

from collections.abc import Sequence

from django.contrib.auth.models import Group, Permission, User

VIEW_BOOK = "duecourse.view_book"
ISSUE_DOCUMENT = "duecourse.issue_document"
REPLAY_WEBHOOK = "duecourse.replay_webhook"
RIGHTS = (VIEW_BOOK, ISSUE_DOCUMENT, REPLAY_WEBHOOK)
"""What the lender's people may do; the visitor of a demo may view, no more."""
GROUP, GUESTS = "staff", "guests"
DEMO = "demo"


def group(name: str = GROUP, rights: Sequence[str] = RIGHTS) -> Group:
    """The group of people who have these rights; made, and given them, when it is not so."""
    found, _ = Group.objects.get_or_create(name=name)
    for right in rights:
        permission = Permission.objects.get(content_type__app_label="duecourse", codename=right.partition(".")[2])
        if not found.permissions.filter(id=permission.id).exists():
            found.permissions.add(permission)
    return found


def admit(*, username: str, password: str | None) -> User:
    """Let one of the lender's people in: may view the book, issue documents, tell partners again."""
    return enter(username, password, group())


def demo() -> User:
    """The visitor of a demo, who has no password and may look, no more."""
    found = User.objects.filter(username=DEMO).first()
    return found or enter(DEMO, None, group(GUESTS, (VIEW_BOOK,)))


def enter(username: str, password: str | None, of: Group) -> User:
    """A user in a group; without a password nobody can sign in under this name."""
    user, _ = User.objects.get_or_create(username=username)
    if password is not None:
        user.set_password(password)
    else:
        user.set_unusable_password()
    user.save(update_fields=["password"])
    user.groups.add(of)
    return user
