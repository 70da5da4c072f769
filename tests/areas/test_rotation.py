"""A new key takes the place of an old one: all stays readable and is found, stopped or not, and nothing else moves."""

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography.fernet import Fernet

OLD, NEW, THIRD = (Fernet.generate_key().decode() for _ in range(3))
PHONE, MAIL, NAME = "+8613800138000", "dora@example.com", "Dora Quistgaard"
COPIES = 3
DIGESTS = {
    "audit_leaf": {"body", "digest", "root"},
    "ledger_request": {"body"},
    "book_run": {"digest", "corrections"},
    "book_day": {"digest"},
    "borrowers_contact_point": {"digest"},
    "borrowers_name": {"digest"},
    "borrowers_phone_end": {"digest"},
    "borrowers_borrower": {"identity"},
    "care_hardship_document": {"digest"},
    "care_incident_approval": {"digest"},
    "intake_file": {"digest"},
    "outreach_reply": {"digest"},
    "outreach_sign_in_code": {"told", "caller", "code"},
    "outreach_attachment": {"digest"},
    "partners_api_key": {"digest"},
    "partners_api_answer": {"digest", "body"},
    "personal_export": {"digest"},
    "recovery_agency_file": {"digest"},
    "recovery_agency_report": {"digest"},
    "recovery_demand": {"digest", "file_digest"},
    "recovery_proceeding_document": {"digest"},
    "recovery_evidence_pack": {"digest"},
    "risk_model": {"body"},
    "web_staff_code": {"digest"},
    "web_staff_try": {"name", "caller"},
    "servicing_debit_source": {"keyed"},
    "servicing_terms": {"digest"},
    "servicing_document": {"digest", "file_digest"},
}
"""Bytes in the tables that are not sealed: digests, and what is about no person."""


def keyed(*keys: str) -> Any:
    """The settings with these keys, the first of which seals."""
    from django.test import override_settings

    return override_settings(PII_KEYS=list(keys))


def nothing(stage: str, done: int, of: int) -> None:
    """Progress that nobody looks at."""


def filler(name: str, kind: str) -> Any:
    """A value for a column that the test says nothing about."""
    known = {"kind": "other", "state": "received", "media_type": "text/plain", "language": "en"}
    values = {
        "bigint": 1, "integer": 1, "smallint": 1, "text": known.get(name, "x"), "character varying": "x",
        "boolean": False, "date": "2026-08-22", "timestamp with time zone": "2026-08-22T00:00:00Z", "bytea": b"x",
        "jsonb": "[]", "ARRAY": [],
    }  # fmt: skip
    return values[kind]


def put(superuser: psycopg.Connection[Any], table: str, number: int, key: str, told: dict[str, Any]) -> None:
    """Write a row as it is, whatever it refers to."""
    rows = superuser.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s "
        "AND table_schema = 'public' AND is_nullable = 'NO' AND column_default IS NULL", [table],
    ).fetchall()  # fmt: skip
    row = {name: filler(name, kind) for name, kind in rows} | {key: number} | told
    row |= {name: f"x{number}" for name in ("key", "code") if name in row}
    if "digest" in row and row["digest"] == b"x":
        row["digest"] = number.to_bytes(32, "big")
    words = ", ".join(f'"{name}"' for name in row)
    superuser.execute(f"INSERT INTO {table} ({words}) VALUES ({', '.join(['%s'] * len(row))})", list(row.values()))


@pytest.fixture
def kept(db: str, server: Path) -> int:
    """A borrower kept by an earlier release, which named no keys, and rows of every sealed table under the old key."""
    from django.db import connections

    from duecourse import embedded
    from duecourse.borrowers import names, reach, rotation, secrecy

    dora = 7
    place = embedded.address(server).url("postgres").replace("/duecourse?", f"/{db}?")
    before = Fernet(OLD)
    with keyed(f"first:{OLD}"), psycopg.connect(place, autocommit=True) as superuser:
        superuser.execute("SET session_replication_role = replica")
        for number, (kind, value) in enumerate((("phone", PHONE), ("email", MAIL)), 1):
            told = {"borrower_id": dora, "kind": kind, "value": before.encrypt(value.encode()), "source": "contract"}
            told["digest"] = secrecy.digest(f"{kind}:{reach.plain(kind, value)}")
            put(superuser, "borrowers_contact_point", number, "id", told)
        ending = {"borrower_id": dora, "digest": secrecy.digest(f"phone_end:{PHONE[-4:]}")}
        put(superuser, "borrowers_phone_end", 1, "point_id", ending)
        called = {"borrower_id": dora, "value": before.encrypt(NAME.encode())}
        put(superuser, "borrowers_name", 1, "id", called | {"digest": secrecy.digest(f"name:{names.plain(NAME)}")})
        for one in rotation.SEALED:
            if one.found_by is None:
                for number in range(1, COPIES + 1):
                    told = {name: secrecy.seal(f"{one.table} {name} {number}") for name in one.columns}
                    if one.inside:
                        name = one.columns[number % len(one.columns)]
                        told = {one.inside: json.dumps({name: told[name].decode(), "beside": number})}
                    put(superuser, one.table, number, one.number, told)
    connections["default"].close()
    return dora


def is_found(dora: int) -> bool:
    """Whether dora is found by all that is known of her, however it is written, and reads as she was kept."""
    from duecourse.borrowers import finding, names, reach

    by = [reach.having(kind="phone", value="138 0013 8000"), reach.having(kind="email", value=MAIL.upper())]
    by += [[one.borrower for one in finding.find(told=told)] for told in ("Quistgaard, Dora", PHONE[-4:], PHONE, MAIL)]
    values = {one.value for one in reach.points(borrower=dora)}
    return by == [[dora]] * 6 and values == {PHONE, MAIL} and names.of(borrowers=[dora]) == {dora: NAME}


def are_read() -> bool:
    """Whether every sealed value opens to what was sealed."""
    from django.db import connection

    from duecourse.borrowers import rotation, secrecy

    count = 0
    with connection.cursor() as cursor:
        for one in rotation.SEALED:
            if one.found_by is None:
                read = ", ".join(map(one.read, one.columns))
                cursor.execute(f"SELECT {one.number}, {read} FROM {one.table} ORDER BY 1")
                for number, *values in cursor.fetchall():
                    for name, value in zip(one.columns, values, strict=True):
                        if one.inside and value is None:
                            continue
                        if secrecy.opened(value) != f"{one.table} {name} {number}":
                            return False
                        count += 1
    whole = [1 if one.inside else len(one.columns) for one in rotation.SEALED if one.found_by is None]
    return count == COPIES * sum(whole)


def rest() -> list[Any]:
    """All that is not sealed of the sealed tables, and how many rows they have."""
    from django.db import connection

    from duecourse.borrowers import rotation

    found = []
    with connection.cursor() as cursor:
        for one in rotation.SEALED:
            names = [*one.columns, *(["digest"] if one.found_by else [])]
            row = f"to_jsonb(t) || (t.{one.inside})" if one.inside else "to_jsonb(t)"
            names += [one.inside] if one.inside else []
            cursor.execute(f"SELECT ({row}) - %s::text[] FROM {one.table} t ORDER BY 1", [names])
            found += cursor.fetchall()
    return found


def by_digest_of_old() -> int:
    """How many rows are still found by the key that came before, or as an earlier release found them."""
    from duecourse.borrowers import names, reach, secrecy
    from duecourse.borrowers.contact_tables import ContactPoint
    from duecourse.borrowers.found_tables import Name, PhoneEnd

    with keyed(f"first:{OLD}"):
        phone, mail = (secrecy.indexes(f"{k}:{reach.plain(k, v)}") for k, v in (("phone", PHONE), ("email", MAIL)))
        end, name = secrecy.indexes(f"phone_end:{PHONE[-4:]}"), secrecy.indexes(f"name:{names.plain(NAME)}")
    return (
        ContactPoint.objects.filter(digest__in=phone + mail).count()
        + PhoneEnd.objects.filter(digest__in=end).count()
        + Name.objects.filter(digest__in=name).count()
    )


class Stopped(Exception):
    """Somebody pulled the plug."""


def test_with_a_new_key_and_without_the_old_all_is_read_and_found(kept: int) -> None:
    from duecourse.borrowers import reach, rotation

    before = rest()
    assert by_digest_of_old() == 4
    with keyed(f"first:{OLD}"):
        assert is_found(kept)
        assert are_read()
    said: list[str] = []

    def stop(stage: str, done: int, of: int) -> None:
        said.append(stage)
        if stage == "care_note" and done:
            raise Stopped

    with keyed(f"2026b:{NEW}", f"first:{OLD}"):
        assert is_found(kept)
        assert are_read()
        with pytest.raises(Stopped):
            rotation.rotate(tell=stop, batch=2)
        halfway = rotation.under()
        assert halfway["2026b"] > 5
        assert halfway["first"] > 5
        assert is_found(kept)
        assert are_read()
        told = {"borrower": kept, "kind": "phone", "at_work": False, "source": "call", "by": "bob", "reason": "again"}
        assert reach.add_point(value="+86 138 0013 8000", **told) == 1, "a number that is known is not kept twice"
        done = rotation.rotate(tell=nothing, batch=2)
        assert done.rows > 0
        assert set(done.under) == {"2026b"}
        assert rotation.rotate(tell=nothing).rows == 0
    with keyed(f"2026b:{NEW}"):
        assert is_found(kept)
        assert are_read()
    assert rest() == before
    assert by_digest_of_old() == 0
    with keyed(f"first:{OLD}"):
        assert reach.having(kind="email", value=MAIL) == []


def test_what_no_key_opens_is_refused_by_its_row_and_left_as_it_is(kept: int) -> None:
    from duecourse.borrowers import rotation, secrecy

    with keyed(f"third:{THIRD}"), pytest.raises(secrecy.Unreadable, match=r"borrowers_contact_point, row 1"):
        rotation.rotate(tell=nothing)
    with keyed(f"first:{OLD}"):
        assert is_found(kept)
        assert are_read()


def attempt(alias: str, sql: str, *, says: bool) -> None:
    """Run a statement, after saying that keys are rotated or not."""
    from django.db import connections, transaction

    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        if says:
            cursor.execute("SET LOCAL duecourse.rotating = 'on'")
        cursor.execute(sql)


def test_only_the_owner_who_says_so_changes_what_is_sealed_and_nothing_else(kept: int) -> None:
    from django.db.utils import IntegrityError, ProgrammingError

    sealed = "UPDATE borrowers_contact_point SET value = ''"
    for alias, says, sql, refused in (
        ("default", True, sealed, ProgrammingError),
        ("owner", False, sealed, IntegrityError),
        ("owner", True, "UPDATE borrowers_contact_point SET value = '', at_work = true", IntegrityError),
        ("owner", True, "UPDATE borrowers_contact_point SET borrower_id = 8", IntegrityError),
        ("owner", True, "DELETE FROM borrowers_contact_point", IntegrityError),
        ("owner", True, "TRUNCATE borrowers_name", IntegrityError),
    ):
        with pytest.raises(refused):
            attempt(alias, sql, says=says)
    with keyed(f"first:{OLD}"):
        assert is_found(kept)


def test_every_column_of_bytes_is_sealed_or_known_not_to_be(server: Path) -> None:
    from django.apps import apps
    from django.db.models import BinaryField

    from duecourse.borrowers import rotation

    there_are = {
        table._meta.db_table: {field.name for field in table._meta.fields if isinstance(field, BinaryField)}
        for table in apps.get_app_config("duecourse").get_models()
    }
    sealed = {one.table: set(one.columns) for one in rotation.SEALED if not one.inside}
    known = {table: sealed.get(table, set()) | DIGESTS.get(table, set()) for table in {*sealed, *DIGESTS}}
    assert {table: names for table, names in there_are.items() if names} == known, (
        "say in borrowers.rotation.SEALED (and let its trigger allow it: migrations._added_only.resealing), or here"
    )
    assert [table for table in sealed if sealed[table] & DIGESTS.get(table, set())] == []


@pytest.mark.parametrize(
    "told", [[], ["x"], [f"a b:{OLD}"], [f"a:{OLD}", f"a:{NEW}"], [f"{'a' * 33}:{OLD}"], [f":{OLD}"]]
)
def test_keys_that_cannot_be_are_refused_without_being_told(server: Path, told: list[str]) -> None:
    from duecourse.borrowers import secrecy

    with keyed(*told), pytest.raises(secrecy.KeyRefused) as refused:
        secrecy.keys()
    assert OLD not in str(refused.value)
    assert NEW not in str(refused.value)


def test_a_key_may_be_named_later(server: Path) -> None:
    from duecourse.borrowers import secrecy

    with keyed(OLD):
        sealed = secrecy.seal(PHONE)
        assert OLD not in repr(secrecy.keys())
    with keyed(f"2026b:{NEW}", f"first:{OLD}"):
        assert secrecy.opened(sealed) == PHONE
    with keyed(NEW), pytest.raises(secrecy.Unreadable, match="not at hand"):
        secrecy.opened(sealed)
