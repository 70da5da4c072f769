"""A real PostgreSQL for every test that asks for one: each gets a database of its own, copied from a migrated one."""

import fcntl
import gc
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings

settings.register_profile("same", deadline=None, derandomize=True, database=None)
settings.register_profile("long", deadline=None)
settings.register_profile(
    "short", deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate]
)
settings.load_profile("same")
"""`make test` draws the same examples each time, so that a commit that passed passes again; `make laws` draws many new
ones; a mutant meets few, always the same, and is not looked at more closely."""

DRAWN_MIN = 10_000
"""How many events the laws have to draw in a whole run, of lines and loans together."""
DRAWN: Counter[str] = Counter()
MEMORY = Path("/dev/shm")
ROOM = 3 * 2**30
"""What a disk in memory has to have free for the test server and the sealed days to lie there: they need a part of it.
On a busy disk, waiting for the files of sealed days takes longer than making them."""
COUNTER = itertools.count()
TEMPLATE: dict[str, str] = {}
ADMIN: dict[str, Any] = {}
"""The connection by which this process makes and drops databases."""


def pytest_configure(config: pytest.Config) -> None:
    """One server for the whole run, in a folder of its own; workers inherit the place."""
    gc.set_threshold(50_000, 20, 50)  # what libraries keep is large: looking through it often is a tenth of the time
    if not hasattr(config, "workerinput"):
        has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
        place = tempfile.mkdtemp(prefix="duecourse-tests-", dir=MEMORY if has_room else None)
        os.environ["DUECOURSE_TESTS_HOME"] = place
        os.environ["DUECOURSE_HOME"] = place
        os.environ["DJANGO_SETTINGS_MODULE"] = "duecourse.settings"
        os.environ.pop("DATABASE_URL", None)
        os.environ.pop("COLUMNS", None)  # else tables are as wide as the terminal, whatever a test asks for
        if hasattr(config.option, "loadscopereorder"):
            config.option.loadscopereorder = False  # else the files of few long tests would come last


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first, so that no worker is left with a long one while the other has nothing to do."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        from duecourse import embedded

        place = Path(os.environ["DUECOURSE_TESTS_HOME"])
        if (place / "data").exists():
            embedded.stop(place)
        shutil.rmtree(place, ignore_errors=True)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker of several that run the tests has ended: take over what its laws have drawn."""
    DRAWN.update(getattr(node, "workeroutput", {}).get("drawn", {}))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Laws that draw too little hold too little: a whole run of them then fails."""
    drawn = getattr(sys.modules.get("drawn"), "COUNT", {})
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["drawn"] = dict(drawn)
        return
    DRAWN.update(drawn)
    if too_few(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def too_few(config: pytest.Config) -> bool:
    """Whether all the laws ran and drew fewer events than they have to."""
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS or config.args == ["tests/laws"]
    chosen = config.option.keyword or config.option.markexpr or config.option.collectonly
    return bool(whole and not chosen and DRAWN["line"] + DRAWN["loan"] < DRAWN_MIN)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say how many events were drawn."""
    if DRAWN:
        told = (f"{DRAWN[of]:,} of {of}s ({DRAWN[f'{of} late']:,} late or taken back)" for of in ("line", "loan"))
        terminalreporter.write_line("the laws drew events: " + ", ".join(told))
        if too_few(config):
            terminalreporter.write_line(f"that is fewer than {DRAWN_MIN:,}", red=True)


@pytest.fixture(scope="session")
def server() -> Path:
    """The test server with its migrated template database; prepared once for all workers."""
    place = Path(os.environ["DUECOURSE_TESTS_HOME"])
    with (place / "prepare.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = place / "prepared"
        if not done.exists():
            without_waiting_for_the_disk(place)
            lanes = subprocess.Popen([sys.executable, "-c", "import duecourse.kernel.lanes"])  # compiled once for all
            migrate = [sys.executable, "-m", "django", "migrate", "--database", "owner", "--verbosity", "0"]
            subprocess.run(migrate, check=True, env=os.environ.copy())
            assert lanes.wait() == 0
            done.touch()
    import django

    django.setup()
    return place


def without_waiting_for_the_disk(place: Path) -> None:
    """Let the test server not wait for the disk: tests kill processes, never the machine.

    Without autovacuum, since its workers hold on to a database that a test wants to drop.
    """
    import psycopg

    from duecourse import embedded

    address = embedded.start(place)
    with psycopg.connect(address.url("postgres"), autocommit=True) as admin:
        admin.execute("ALTER SYSTEM SET fsync = off")
        admin.execute("ALTER SYSTEM SET full_page_writes = off")
        admin.execute("ALTER SYSTEM SET autovacuum = off")
        admin.execute("SELECT pg_reload_conf()")


@pytest.fixture
def db(server: Path) -> Iterator[str]:
    """A database of this test's own; the application's connection and the owner's both point to it."""
    with fresh_database(server) as name:
        yield name


@pytest.fixture(scope="module")
def module_db(server: Path) -> Iterator[str]:
    """A database that the tests of one file share, for those that only look."""
    with fresh_database(server) as name:
        yield name


@pytest.fixture
def db_copy(server: Path, module_db: str) -> Iterator[str]:
    """A copy of the database that the tests of one file share, with its sealed days, for one that changes them.

    A book that many tests begin with is so made and closed once, by a fixture of their file.
    """
    with fresh_database(server, module_db) as name:
        yield name


@pytest.fixture
def empty_db(server: Path) -> Iterator[str]:
    """A database without any table, to which both connections point."""
    with fresh_database(server, "template0") as name:
        yield name


@pytest.fixture(scope="session")
def copies(server: Path) -> Callable[..., AbstractContextManager[str]]:
    """How a fixture makes a database of its own: of another, or one that is kept for others to be made of."""
    return partial(fresh_database, server)


@contextmanager
def fresh_database(server: Path, of: str | None = None, keep_as: str | None = None) -> Iterator[str]:
    """A copy of the migrated database, or of another with its sealed days, to which both connections point while it is
    there; afterwards it is gone, or kept under another name."""
    from django.conf import settings
    from django.db import connections

    from duecourse.ledger import bulk

    owner = settings.DATABASES["owner"]
    before = owner["NAME"]
    template = TEMPLATE.setdefault("name", before)
    name = f"t_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}_{next(COUNTER)}"
    place = {"host": owner["HOST"], "port": owner["PORT"], "user": owner["USER"], "password": owner["PASSWORD"]}
    for alias in ("default", "owner"):
        connections[alias].close()
    bulk.close_arrow()
    with (server / "copy.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        patiently(place, f"CREATE DATABASE {name} TEMPLATE {of or template} STRATEGY FILE_COPY")
    if of and (server / "book" / of).exists():
        shutil.copytree(server / "book" / of, server / "book" / name)
    for alias in ("default", "owner"):
        connections[alias].settings_dict["NAME"] = name
    yield name
    for alias in ("default", "owner"):
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = before
    bulk.close_arrow()
    if keep_as:
        patiently(place, f"ALTER DATABASE {name} RENAME TO {keep_as}")
        (server / "book" / name).rename(server / "book" / keep_as)
        return
    patiently(place, f"DROP DATABASE {name} WITH (FORCE)")
    shutil.rmtree(server / "book" / name, ignore_errors=True)


def patiently(place: dict[str, str], sql: str) -> None:
    """Run a statement on the server; a backend just leaving the database may keep it waiting."""
    import psycopg

    if "admin" not in ADMIN:
        ADMIN["admin"] = psycopg.connect(dbname="postgres", autocommit=True, **place)
    for left in reversed(range(50)):
        try:
            ADMIN["admin"].execute(sql)
            return
        except (psycopg.errors.ObjectInUse, psycopg.errors.InsufficientPrivilege):
            if left == 0:
                raise
            time.sleep(0.2)
