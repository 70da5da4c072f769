"""A backup brought back: hashes first, then the database in one transaction, then the files by renames."""

import os
import shutil
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from duecourse.book import check
from duecourse.embedded import Refused
from duecourse.progress import Tell

from . import archive, make, programs

EMPTY_SCHEMA = """
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT c.oid::regclass AS name, c.relkind AS kind FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('v', 'm') LOOP
        EXECUTE format('DROP %s IF EXISTS %s CASCADE',
            CASE one.kind WHEN 'v' THEN 'VIEW' ELSE 'MATERIALIZED VIEW' END, one.name);
    END LOOP;
    FOR one IN SELECT c.oid::regclass AS name FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') LOOP
        EXECUTE format('DROP TABLE IF EXISTS %s CASCADE', one.name);
    END LOOP;
    FOR one IN SELECT p.oid::regprocedure AS name FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace LOOP
        EXECUTE format('DROP ROUTINE IF EXISTS %s CASCADE', one.name);
    END LOOP;
    FOR one IN SELECT c.oid::regclass AS name FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'S' LOOP
        EXECUTE format('DROP SEQUENCE IF EXISTS %s CASCADE', one.name);
    END LOOP;
END $$;
"""
OF_EVERY_BOOK = ("django_migrations", "django_content_type", "auth_permission", "django_session")
"""Tables in which a database that was never used has rows."""


class TargetInUse(Refused):
    code = "restore_target_in_use"


class KeysMissing(Refused):
    code = "restore_keys_missing"


class BackupNewer(Refused):
    code = "backup_newer"


class Restored(NamedTuple):
    """A book brought back: what its backup says, and what every check found."""

    manifest: dict[str, Any]
    checks: list[check.Checked]

    @property
    def is_right(self) -> bool:
        """Whether every check of the book holds, and its audit log is the one of the backup."""
        return all(one.ok for one in self.checks)


def restore(*, file: Path, replace: bool, tell: Tell) -> Restored:
    """Bring a backup back into the database and the home of the settings, and check the book.

    Refuses a damaged file, one of a newer release, keys that do not open it, and a database in use unless it is to be
    replaced. Until the database's one transaction has ended nothing is changed.
    """
    told = archive.manifest(file)
    require_keys(told)
    require_known(told)
    if not replace:
        require_unused()
    aside = Path(settings.HOME) / f".restore.{os.getpid()}"
    aside.mkdir(mode=0o700)
    try:
        archive.unpack(file, aside, tell)
        tell("database", 0, 1)
        exchange(aside / archive.DUMP)
        tell("database", 1, 1)
        for folder in archive.FOLDERS:
            exchange_folder(aside / folder, make.place(folder))
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    tell("tables", 0, 1)
    call_command("migrate", database="owner", verbosity=0)
    tell("tables", 1, 1)
    tell("checks", 0, 1)
    checks = [*check.everything(), same_log(told)]
    tell("checks", 1, 1)
    return Restored(told, checks)


def require_keys(told: dict[str, Any]) -> None:
    """Refuse when the key of identities is another, or a key that the backup may need is not at hand."""
    ours = make.key_marks()
    if told["keys"]["identity"] != ours["identity"]:
        raise KeysMissing(
            "the backup was made under another DUECOURSE_SECRET_KEY: put that of its home in"
            f" {settings.HOME}/secret_key"
        )
    if not set(told["keys"]["pii"]) <= set(ours["pii"]):
        raise KeysMissing(
            f"the backup was made with keys that are not at hand: put its pii_key in {settings.HOME}, or set"
            " DUECOURSE_PII_KEYS"
        )


def require_known(told: dict[str, Any]) -> None:
    """Refuse a backup of tables that this release does not know yet."""
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    if strange := sorted(set(told["migrations"]) - known):
        raise BackupNewer(
            f"the backup is of release {told['release']} and has {strange[-1]}: use that release or a newer"
        )


def require_unused() -> None:
    """Refuse a database in which there is anything."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace "
                       "AND c.relkind IN ('r', 'p') ORDER BY 1")  # fmt: skip
        for (table,) in cursor.fetchall():
            if table in OF_EVERY_BOOK:
                continue
            cursor.execute(f"SELECT EXISTS (SELECT FROM {connections['owner'].ops.quote_name(table)})")
            if cursor.fetchone()[0]:
                raise TargetInUse(
                    f"the database has rows, the first in {table}: restore into another home, or say --replace, which"
                    " removes what is there"
                )


def exchange(dump: Path) -> None:
    """Replace the tables by those of a dump, in one transaction: they are all exchanged or none is."""
    owner, app = connections["owner"], connections["default"]
    with owner.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int")
        server = cursor.fetchone()[0]
    app.close()
    first = dump.with_name("first.sql")
    first.write_text(EMPTY_SCHEMA)
    second = dump.with_name("second.sql")
    options = ("--no-owner", f"--file={second}", str(dump))
    programs.run(programs.fitting("pg_restore", server), *options, of=owner.settings_dict)
    if server < 170_000:
        without_newer_settings(second)
    programs.run(
        programs.fitting("psql", server), "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1",
        f"--file={first}", f"--file={second}", of=owner.settings_dict,
    )  # fmt: skip
    quote = owner.ops.quote_name
    with owner.cursor() as cursor:  # what a dump does not say of its database (migration 0002)
        name, role = quote(owner.settings_dict["NAME"]), quote(app.settings_dict["USER"])
        cursor.execute(f"GRANT TEMPORARY ON DATABASE {name} TO {role}")
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {role}")


def without_newer_settings(script: Path) -> None:
    """Leave out the one setting by which a newer pg_restore begins and which an older server does not know."""
    draft = script.with_suffix(".older")
    with script.open("rb") as told, draft.open("wb") as out:
        for line in told:
            if not line.startswith(b"SET transaction_timeout"):
                out.write(line)
                continue
            break
        shutil.copyfileobj(told, out)
    draft.replace(script)


def exchange_folder(new: Path, place: Path) -> None:
    """Put a folder in the place of another, which is then gone; without a new one the place is empty."""
    old = place.with_name(f".{place.name}.{os.getpid()}.old")
    if place.exists():
        place.replace(old)
    if new.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        new.replace(place)
    shutil.rmtree(old, ignore_errors=True)


def same_log(told: dict[str, Any]) -> check.Checked:
    """The audit log is as long as the backup says, and has its root."""
    with connections["owner"].cursor() as cursor:
        found = make.log_of(cursor)
    said = f"{found} is not {told['audit']}" if found != told["audit"] else ""
    return check.Checked("the audit log is the backup's", not said, found["size"], said)
