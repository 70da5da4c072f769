"""A small book that the tests of the pages share."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parents[1] / "laws"))

DISK = "/dev/shm" if Path("/dev/shm").is_dir() and shutil.disk_usage("/dev/shm").free > 2**30 else "/tmp"
FIRST, LAST = date(2005, 4, 1), date(2005, 6, 9)
BOUNCED_ON = date(2005, 6, 5)


@pytest.fixture
def home() -> Iterator[Path]:
    """A home of its own for commands that start a server; stopped and gone afterwards."""
    from duecourse import embedded

    place = Path(tempfile.mkdtemp(prefix="duecourse-test-", dir=DISK))
    yield place
    embedded.stop(place)
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def seen_contexts(server: object) -> Iterator[None]:
    """Django's test environment: a response keeps what its page was given."""
    from django.test.utils import setup_test_environment, teardown_test_environment

    setup_test_environment()
    yield
    teardown_test_environment()


@pytest.fixture(scope="module")
def book(module_db: str) -> dict[str, int]:
    """Four lines closed for 70 days: a payment bounces, one is late, one pays more than all, one is idle."""
    from django.contrib.auth.models import User

    from duecourse.book import close
    from duecourse.borrowers import people
    from duecourse.servicing import accounts, payments, purchases
    from duecourse.web import staff

    borrowers = people.enrol(source="test", references=["alice", "dora", "emil", "fay"])
    ids = {
        number: accounts.open_line(
            number=number, borrower_id=borrower, product="card_tw_2005", limit_minor=1_000_000, on=FIRST
        )
        for number, borrower in zip(("L-1", "L-2", "L-3", "L-4"), borrowers, strict=True)
    }
    close.through(FIRST)
    for number, amount in (("L-1", 300_000), ("L-2", 500_000), ("L-3", 100_000)):
        purchases.post(account=ids[number], amount_minor=amount, on=FIRST + timedelta(days=1), key=f"b{number}")
    close.through(date(2005, 5, 14))
    bounced = payments.receive(account=ids["L-1"], amount_minor=30_000, received_on=date(2005, 5, 15), key="p1")
    payments.receive(account=ids["L-2"], amount_minor=1_000, received_on=date(2005, 5, 15), key="p2")
    payments.receive(account=ids["L-3"], amount_minor=110_000, received_on=date(2005, 5, 15), key="p3")
    close.through(date(2005, 5, 25))
    purchases.post(account=ids["L-2"], amount_minor=700_000, on=date(2005, 5, 26), key="b5")
    close.through(BOUNCED_ON - timedelta(days=1))
    payments.reverse(account=ids["L-1"], entry=bounced.entry_id, reason="bounced", by="bob", key="r1")
    close.through(LAST)
    staff.admit(username="bob", password="may view the book")
    User.objects.create_user("charlie", password="may not view it")
    return ids
