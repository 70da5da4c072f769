"""A small book that the tests of the pages share."""

import fcntl
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parents[1] / "laws"))

DISK = "/dev/shm" if Path("/dev/shm").is_dir() and shutil.disk_usage("/dev/shm").free > 2**30 else "/tmp"
KEPT = "book_of_doors"
Copies = Callable[..., AbstractContextManager[str]]
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
def module_db(server: Path, copies: Copies, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database that the tests of one file share; it holds the book of these tests where one of them asks for that."""
    own = [item for item in request.session.items if item.path == request.path]
    is_asked = not hasattr(request.module, "book") and any("book" in getattr(one, "fixturenames", ()) for one in own)
    with copies(kept_book(server, copies) if is_asked else None) as name:
        yield name


@pytest.fixture(scope="module")
def book(server: Path, module_db: str) -> dict[str, int]:
    """Four lines closed for 70 days: a payment bounces, one is late, one pays more than all, one is idle."""
    found: dict[str, int] = json.loads((server / f"{KEPT}.json").read_text())
    return found


def kept_book(server: Path, copies: Copies) -> str:
    """The database of that book, made once for all files and workers."""
    with (server / f"{KEPT}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = server / f"{KEPT}.json"
        if not done.exists():
            with copies(keep_as=KEPT):
                ids = made_book()
            done.write_text(json.dumps(ids))
    return KEPT


def made_book() -> dict[str, int]:
    """The book, in the database at hand."""
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
