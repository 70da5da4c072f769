"""Borrowers are found by what somebody tells of them, and none of it is stored to be read."""

import pytest
from django.db import DatabaseError, connections

pytestmark = pytest.mark.usefixtures("module_db")


@pytest.fixture(scope="module")
def two(module_db: str) -> tuple[int, int]:
    """Li Wei, whose number ends in 0042, and José, who has changed his name and has the same end."""
    from duecourse.borrowers import names, people, reach

    told = {"by": "bob", "reason": "told"}
    li, jose = people.enrol(source="shop", references=["C-1001", "C-1002"])
    names.call(borrower=li, name="Li Wei", **told)
    names.call(borrower=jose, name="José Núñez", **told)
    names.call(borrower=jose, name="José García", **told)
    point = {"at_work": False, "source": "them", **told}
    reach.add_point(borrower=li, kind="phone", value="+86 138 0013 0042", **point)
    reach.add_point(borrower=li, kind="phone", value="+86 138 0013 0042", **point)
    reach.add_point(borrower=li, kind="email", value="Li@example.com", **point)
    reach.add_point(borrower=jose, kind="phone", value="(212) 555-0042", **point)
    return li, jose


@pytest.mark.parametrize(("told", "who", "by"), [
    ("C-1001", [0], "reference"), ("shop:C-1002", [1], "reference"), ("elsewhere:C-1002", [], ""),
    ("wei li", [0], "name"), ("LI, Wei", [0], "name"), ("Li", [], ""), ("jose garcia", [1], "name"),
    ("José Núñez", [1], "name"), ("li@EXAMPLE.com", [0], "email"), ("example.com", [], ""),
    ("13800130042", [0], "phone"), ("+1 212 555 0042", [1], "phone"),
    ("0042", [0, 1], "phone_end"), ("…0042", [0, 1], "phone_end"), ("042", [], ""), ("0043", [], ""), ("  ", [], ""),
])  # fmt: skip
def test_who_is_found_by_what(two: tuple[int, int], told: str, who: list[int], by: str) -> None:
    from duecourse.borrowers import finding

    found = finding.find(told=told)
    assert {one.borrower for one in found} == {two[place] for place in who}
    assert all(by in one.by for one in found)


def test_what_a_borrower_is_called_is_the_newest_name(two: tuple[int, int]) -> None:
    from duecourse.borrowers import names

    assert names.of(borrowers=[*two, 10**6]) == {two[0]: "Li Wei", two[1]: "José García"}


@pytest.mark.parametrize("name", ["", "  ", "...", "x" * 201])
def test_what_is_no_name_is_refused_and_leaves_nothing(two: tuple[int, int], name: str) -> None:
    from duecourse.borrowers import names
    from duecourse.borrowers.found_tables import Name

    before = Name.objects.count()
    with pytest.raises(names.NameRefused):
        names.call(borrower=two[0], name=name, by="bob", reason="told")
    assert Name.objects.count() == before


def test_nothing_of_it_can_be_read_in_the_tables(two: tuple[int, int]) -> None:
    import hashlib

    stored = b""
    with connections["default"].cursor() as cursor:
        for table, columns in (("borrowers_name", "value, digest"), ("borrowers_phone_end", "digest")):
            cursor.execute(f"SELECT {columns} FROM {table}")
            stored += b" ".join(bytes(one) for row in cursor for one in row)
    assert stored
    for plain in ("Li Wei", "li wei", "Núñez", "0042"):
        assert plain.encode() not in stored
    for told in ("0042", "phone_end:0042", "name:li wei"):
        assert hashlib.sha256(told.encode()).digest() not in stored


def test_what_borrowers_are_found_by_is_never_changed(two: tuple[int, int]) -> None:
    for role, message in (("default", "permission denied"), ("owner", "append_only")):
        for table in ("borrowers_name", "borrowers_phone_end", "borrowers_source"):
            with connections[role].cursor() as cursor, pytest.raises(DatabaseError, match=message):
                cursor.execute(f"DELETE FROM {table}")


def test_numbers_that_were_kept_before_are_found_by_their_end(two: tuple[int, int]) -> None:
    """The step of migration 35, over numbers that have no end yet; one that no key opens is left out."""
    from importlib import import_module

    from django.apps import apps

    from duecourse.borrowers import finding, secrecy
    from duecourse.borrowers.contact_tables import ContactPoint

    told = {"borrower_id": two[0], "kind": "phone", "at_work": False, "source": "", "by": "bob", "reason": ""}
    ContactPoint.objects.create(value=secrecy.seal("020 7946 0777"), digest=b"a", **told)
    ContactPoint.objects.create(value=b"unreadable", digest=b"b", **told)
    assert finding.find(told="0777") == []
    migration = import_module("duecourse.migrations.0035_found_by")
    with connections["owner"].schema_editor() as editor:
        migration.find_earlier(apps, editor)
    assert [one.borrower for one in finding.find(told="0777")] == [two[0]]
