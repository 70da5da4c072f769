"""The house is in order: folders described, settings documented, rules cited, words kept."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
SOURCE = TOP / "src" / "duecourse"
PYTHON = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)


def test_every_folder_is_in_the_architecture() -> None:
    told = (TOP / "ARCHITECTURE.md").read_text()
    folders = {path.parent.relative_to(SOURCE).parts[0] for path in PYTHON if path.parent != SOURCE}
    assert [name for name in sorted(folders) if f"`{name}/`" not in told] == []


def test_every_setting_is_documented() -> None:
    told = (TOP / "docs" / "guide" / "settings.md").read_text()
    used = set()
    for path in [*PYTHON, *sorted((TOP / "tests").rglob("*.py"))]:
        used |= set(re.findall(r'"((?:DUECOURSE|DATABASE)_[A-Z_]+)"', path.read_text()))
    used -= {"DUECOURSE_TESTS_HOME"}
    assert [name for name in sorted(used) if f"`{name}`" not in told] == []


RULES = sorted([*(SOURCE / "rules" / "law").rglob("*.toml"), *(SOURCE / "rules" / "house").glob("contact.toml")])


@pytest.mark.parametrize("path", RULES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_rule_is_named_dated_cited_and_told_in_both_languages(path: Path) -> None:
    from duecourse.rules import row_shape

    told = tomllib.loads(path.read_text())
    row_shape.check(told, where=path.name)
    for rows in told.values():
        for row in rows:
            assert re.search(r"[\u4e00-\u9fff]", row["zh"]), row["rule"]
            assert re.search(r"[a-z]", row["en"]), row["rule"]
            assert not re.search(r"[\u4e00-\u9fff]", row["en"]), row["rule"]


def test_a_rule_means_one_thing_and_is_at_home_in_one_place() -> None:
    homes: dict[str, set[str]] = {}
    for path in RULES:
        for table, rows in tomllib.loads(path.read_text()).items():
            for row in rows:
                homes.setdefault(row["rule"], set()).add(path.parent.name)
                assert len({one["from"] for one in rows if one["rule"] == row["rule"]}) == sum(
                    one["rule"] == row["rule"] for one in rows
                ), f"{path.name}: {table}: {row['rule']}"
    assert {rule: sorted(places) for rule, places in homes.items() if len(places) > 1} == {}


def test_every_table_is_named_by_a_word() -> None:
    words = (TOP / "docs" / "words.md").read_text().lower()
    listed = " ".join(line.split("|")[1] for line in words.splitlines() if line.startswith("|"))
    tables = set()
    for path in SOURCE.rglob("*tables.py"):
        tables |= {
            name.partition("_")[2].replace("_", " ") for name in re.findall(r'db_table = "(\w+)"', path.read_text())
        }
    forms = {"quarantined": "quarantine", "request": "request key"}
    assert [table for table in sorted(tables) if forms.get(table, table) not in listed] == []


def test_no_file_is_a_bag() -> None:
    bags = {"utils", "util", "helpers", "helper", "services", "manager", "processor", "common", "misc"}
    assert [path.name for path in PYTHON if path.stem in bags] == []


def test_areas_say_what_they_are_in_ten_lines() -> None:
    for place in sorted(SOURCE.glob("*/__init__.py")):
        if place.parent.name in ("migrations",):
            continue
        said = ast.get_docstring(ast.parse(place.read_text()))
        assert said, place
        assert len(said.splitlines()) <= 10, place


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(SOURCE)))
def test_public_functions_and_classes_are_described(path: Path) -> None:
    tree = ast.parse(path.read_text())
    bare = [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and ast.get_docstring(node) is None
        and not (isinstance(node, ast.ClassDef) and "code = " in ast.unparse(node))
    ]
    assert bare == []


def test_every_refusal_has_a_code_of_its_own() -> None:
    seen: dict[str, str] = {}
    for path in PYTHON:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                for part in node.body:
                    if (
                        isinstance(part, ast.Assign)
                        and ast.unparse(part.targets[0]) == "code"
                        and isinstance(part.value, ast.Constant)
                    ):
                        code = str(part.value.value)
                        if node.name == "Refused":
                            continue
                        where = f"{path.name}:{node.name}"
                        assert code not in seen, f"{where} and {seen.get(code)} share {code!r}"
                        seen[code] = where
    assert len(seen) > 20


def test_the_lock_names_no_address() -> None:
    for name in ("requirements.lock", "requirements-uv.lock", "requirements-spark.lock"):
        told = (TOP / name).read_text()
        assert "://" not in told
        assert "--hash=sha256:" in told


def test_only_lanes_knows_numba() -> None:
    knows = [path.name for path in PYTHON if re.search(r"^(import|from) (numba|llvmlite)", path.read_text(), re.M)]
    assert knows == ["lanes.py"]
