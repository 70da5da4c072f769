"""A book written to one file and brought back into a new home is the same book; a damaged file is refused."""

import json
import os
import subprocess
import sys
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography.fernet import Fernet

AT = datetime(2026, 8, 22, 6, 30, tzinfo=UTC)
COMPARED = (
    "SELECT * FROM ledger_balance ORDER BY account_id",
    "SELECT id, account_id, kind, effective_day, booked_day, principal, interest, fee, credit FROM ledger_entry "
    "ORDER BY 1",
    "SELECT day, sealed_by, digest, audit_place, entry_mark FROM book_day ORDER BY day",
    "SELECT place, body, digest, root FROM audit_leaf ORDER BY place",
    "SELECT username, password FROM auth_user ORDER BY username",
    "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2",
    "SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee = 'duecourse_app' "
    "ORDER BY 1, 2",
)


def nothing(stage: str, done: int, of: int) -> None:
    """Progress that nobody looks at."""


@pytest.fixture(scope="module")
def made(book: dict[str, int], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the book."""
    from duecourse.backup import make

    out = tmp_path_factory.mktemp("backups") / "book.tar"
    told = make.backup(out=out, at=AT, tell=nothing)
    assert (told.out, told.size, told.last_sealed) == (out, out.stat().st_size, "2005-06-09")
    return out


def rows(url: str) -> list[list[tuple[Any, ...]]]:
    """What is compared of a database."""
    with psycopg.connect(url) as connection:
        return [connection.execute(sql).fetchall() for sql in COMPARED]


def of_tests() -> str:
    """The address of the database of these tests."""
    from django.db import connections

    told = connections["owner"].settings_dict
    return f"postgresql://{told['USER']}:{told['PASSWORD']}@/{told['NAME']}?host={told['HOST']}&port={told['PORT']}"


def test_a_backup_brought_back_into_a_new_home_is_the_same_book(book: dict[str, int], made: Path, home: Path) -> None:
    from django.conf import settings

    from duecourse import embedded
    from duecourse.backup import make

    surroundings = {name: told for name, told in os.environ.items() if not name.startswith("DATABASE_")}
    surroundings |= {"DUECOURSE_HOME": str(home), "COLUMNS": "120"}
    command = [sys.executable, "-c", "from duecourse.cli import main; main()", "restore", str(made)]
    (home / "secret_key").write_text(settings.SECRET_KEY)
    (home / "pii_key").write_text(settings.PII_KEYS[0])
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr + done.stdout
    assert "WRONG" not in done.stdout
    assert "sealed through 2005-06-09" in done.stdout
    assert rows(embedded.start(home).url("duecourse_owner")) == rows(of_tests())
    then, now = make.place("book"), home / "book" / "duecourse"
    files = sorted(place.relative_to(then) for place in then.rglob("*.parquet"))
    assert sum(place.name == "entries.parquet" for place in files) == 70
    sealed = [place for place in files if place.name != "summary.parquet"]
    assert [(now / place).read_bytes() == (then / place).read_bytes() for place in sealed] == [True] * len(sealed)


def test_a_backup_that_the_keys_at_hand_do_not_open_is_refused(made: Path, book: dict[str, int]) -> None:
    from django.test import override_settings

    from duecourse.backup import archive, restore

    told = archive.manifest(made)
    restore.require_keys(told)
    for other in ({"SECRET_KEY": "another"}, {"PII_KEYS": [Fernet.generate_key().decode()]}):
        with override_settings(**other), pytest.raises(restore.KeysMissing):
            restore.restore(file=made, replace=True, tell=nothing)


def test_a_backup_is_for_its_owner_alone_and_tells_no_key(made: Path) -> None:
    from django.conf import settings

    assert made.stat().st_mode & 0o777 == 0o600
    content = made.read_bytes()
    for key in (settings.SECRET_KEY, *settings.PII_KEYS):
        assert key.encode() not in content


def test_a_database_in_use_is_replaced_only_where_that_is_said(made: Path, db_copy: str) -> None:
    from django.contrib.auth.models import User

    from duecourse.backup import restore

    before = rows(of_tests())
    with pytest.raises(restore.TargetInUse):
        restore.restore(file=made, replace=False, tell=nothing)
    User.objects.filter(username="bob").update(username="not bob")
    assert rows(of_tests()) != before
    assert restore.restore(file=made, replace=True, tell=nothing).is_right
    assert rows(of_tests()) == before


def changed(made: Path, out: Path, *, at: float) -> Path:
    """A copy of a backup with one bit turned, so far from its beginning."""
    content = bytearray(made.read_bytes())
    content[int(len(content) * at)] ^= 1
    out.write_bytes(content)
    return out


def cut(made: Path, out: Path) -> Path:
    """A copy of a backup without its end."""
    out.write_bytes(made.read_bytes()[: made.stat().st_size // 2])
    return out


def with_a_stranger(made: Path, out: Path) -> Path:
    """A copy of a backup whose manifest leads out of the folder."""
    with tarfile.open(made) as old, tarfile.open(out, "w") as new:
        for member in old:
            content = old.extractfile(member)
            assert content is not None
            body = content.read()
            if member.name == "manifest.json":
                told = json.loads(body)
                told["members"].append({"name": "book/../../secret_key", "size": 0, "sha256": ""})
                body = json.dumps(told).encode()
                member.size = len(body)
            import io

            new.addfile(member, io.BytesIO(body))
    return out


@pytest.mark.parametrize(
    "damage", ["a bit of the manifest", "a bit of the dump", "a bit of a file", "the end", "a path"]
)
def test_a_damaged_backup_is_refused_and_nothing_is_changed(
    made: Path, book: dict[str, int], tmp_path: Path, damage: str
) -> None:
    from duecourse.backup import archive, restore

    out = tmp_path / "damaged.tar"
    match damage:
        case "a bit of the manifest":
            with tarfile.open(made) as tar:
                first = tar.next()
            assert first is not None
            place = (
                first.offset_data + made.read_bytes()[first.offset_data :].index(b'"sha256": "') + 12
            ) / made.stat().st_size
            bad = changed(made, out, at=place)
        case "a bit of the dump":
            bad = changed(made, out, at=0.3)
        case "a bit of a file":
            bad = changed(made, out, at=0.9)
        case "the end":
            bad = cut(made, out)
        case _:
            bad = with_a_stranger(made, out)
    before = rows(of_tests())
    with pytest.raises(archive.BackupDamaged):
        restore.restore(file=bad, replace=True, tell=nothing)
    assert rows(of_tests()) == before
    from django.conf import settings

    assert not list(Path(settings.HOME).glob(".restore.*"))


def test_a_backup_never_writes_over_a_file_or_of_a_book_with_a_changed_file(
    made: Path, db_copy: str, tmp_path: Path
) -> None:
    from duecourse.backup import archive, make

    before = made.read_bytes()
    with pytest.raises(archive.BackupExists):
        make.backup(out=made, at=AT, tell=nothing)
    assert made.read_bytes() == before
    entries = make.place("book") / "2005-05-02" / "entries.parquet"
    entries.write_bytes(entries.read_bytes() + b" ")
    with pytest.raises(make.SealedFileChanged):
        make.backup(out=tmp_path / "other.tar", at=AT, tell=nothing)
    assert list(tmp_path.iterdir()) == []


def test_a_backup_of_a_newer_release_is_refused(made: Path, book: dict[str, int]) -> None:
    from duecourse.backup import archive, restore

    told = archive.manifest(made)
    restore.require_known(told)
    with pytest.raises(restore.BackupNewer):
        restore.require_known(told | {"migrations": [*told["migrations"], "duecourse.9999_later"]})


def test_a_program_older_than_the_server_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from duecourse.backup import programs

    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 14.9'\n")
    old.chmod(0o755)
    assert programs.major_of(old) == 14
    monkeypatch.setenv("DATABASE_URL", "postgresql://somewhere/book")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert programs.major_of(programs.fitting("pg_dump", 180_000)) == 18
    with pytest.raises(programs.ProgramMissing):
        programs.fitting("pg_dump", 990_000)
