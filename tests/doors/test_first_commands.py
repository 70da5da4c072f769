"""Commands that come to an empty database first, several at once: real processes, a server of their own."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg

import duecourse
from duecourse import embedded

MIGRATIONS = len(list((Path(duecourse.__file__).parent / "migrations").glob("0*.py")))
READY = "from duecourse.cli.commands import ready; ready()"
MIGRATE = "from duecourse.cli import main; main(['migrate'])"
LEFT_OUT = ("DATABASE_URL", "DATABASE_OWNER_URL")


def begun(home: Path, code: str, **more: str) -> subprocess.Popen[str]:
    surroundings = {name: told for name, told in os.environ.items() if name not in LEFT_OUT}
    surroundings |= {"DUECOURSE_HOME": str(home), **more}
    return subprocess.Popen(
        [sys.executable, "-c", code], env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def ended(*commands: subprocess.Popen[str]) -> None:
    told = [command.communicate(timeout=300) for command in commands]
    assert [command.returncode for command in commands] == [0] * len(commands), told


def owner(home: Path) -> psycopg.Connection:
    return psycopg.connect(embedded.start(home).url("duecourse_owner"), autocommit=True)


def applied(connection: psycopg.Connection) -> list[tuple[str, int]]:
    told = "SELECT app, count(*), count(DISTINCT name) FROM django_migrations GROUP BY app ORDER BY app"
    found = connection.execute(told).fetchall()
    assert all(rows == names for _, rows, names in found)
    return [(app, rows) for app, rows, _ in found]


def test_commands_that_find_an_empty_database_at_once_make_its_tables_once(home: Path) -> None:
    ended(*(begun(home, READY) for _ in range(3)))
    with owner(home) as connection:
        assert ("duecourse", MIGRATIONS) in applied(connection)
    ended(begun(home, READY))


def test_a_command_that_is_killed_while_it_makes_the_tables_is_made_good_by_the_next(home: Path) -> None:
    embedded.start(home)
    first = begun(home, READY)
    with owner(home) as connection:
        while not connection.execute("SELECT to_regclass('django_migrations') IS NOT NULL").fetchone()[0]:
            assert first.poll() is None
            time.sleep(0.005)
        second = begun(home, READY)
        first.kill()
        first.communicate()
        ended(second)
        assert ("duecourse", MIGRATIONS) in applied(connection)


def test_a_server_of_ones_own_is_migrated_on_demand_alone_and_by_one_command_at_a_time(home: Path) -> None:
    address = embedded.start(home)
    urls = {"DATABASE_URL": address.url("duecourse_app"), "DATABASE_OWNER_URL": address.url("duecourse_owner")}
    early = begun(home, READY, **urls)
    assert "duecourse migrate" in early.communicate(timeout=300)[1]
    assert early.returncode == 2
    with owner(home) as connection:
        assert connection.execute("SELECT to_regclass('ledger_entry')").fetchone() == (None,)
        ended(*(begun(home, MIGRATE, **urls) for _ in range(2)))
        assert ("duecourse", MIGRATIONS) in applied(connection)
    ended(begun(home, READY, **urls))
