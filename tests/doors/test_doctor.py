"""What `duecourse doctor` finds in an installation, sound and not."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

AT = datetime(2005, 6, 10, 6, 30, tzinfo=UTC)


def states(**of: Any) -> dict[str, tuple[str, str]]:
    """What is found, by what was looked at: its state and what to do."""
    from duecourse import doctor

    return {one.what: (one.state, one.to_do) for one in doctor.look(at=of.get("at", AT))}


def test_each_look_says_what_to_do_exactly_where_something_is_not_in_order(book: dict[str, int]) -> None:
    told = states()
    assert len(told) >= 11
    assert [what for what, (state, to_do) in told.items() if (state == "ok") == bool(to_do)] == []
    for what in ("database", "tables", "clock", "secret key", "keys of what is encrypted", "sealed days", "addresses"):
        assert told[what][0] == "ok", (what, told[what])


@pytest.mark.parametrize(
    ("what", "setting", "value", "state"),
    [
        ("secret key", "SECRET_KEY", "short", "bad"),
        ("secret key", "SECRET_KEY", "django-insecure-" + "aB3dE5gH7jK9mN1pQ" * 3, "bad"),
        ("secret key", "SECRET_KEY", "ab" * 40, "bad"),
        ("keys of what is encrypted", "PII_KEYS", ["not a key"], "bad"),
        ("keys of what is encrypted", "PII_KEYS", ["A" * 43 + "="], "bad"),
        ("addresses", "ALLOWED_HOSTS", ["lender.example"], "bad"),
        ("messages", "CHANNELS", "", "mind"),
        ("messages", "CHANNELS", "/nowhere/channels.toml", "bad"),
        ("lender", "LENDER", "", "mind"),
    ],
)
def test_a_setting_that_is_not_sound_is_found(
    book: dict[str, int], what: str, setting: str, value: Any, state: str
) -> None:
    from django.test import override_settings

    with override_settings(**{setting: value}):
        assert states()[what][0] == state


def test_age_is_what_it_is_at_the_time_of_looking(book: dict[str, int], tmp_path: Path) -> None:
    from django.conf import settings

    from duecourse import doctor
    from duecourse.backup import make

    for days, state in ((0, "ok"), (3, "mind"), (9, "bad")):
        assert states(at=AT + timedelta(days=days))["sealed days"][0] == state
    kept = Path(settings.HOME) / make.RECORD
    kept.unlink(missing_ok=True)
    assert states()["backups"][0] == "mind"
    out = tmp_path / "book.tar"
    out.write_bytes(b"a backup")
    make.remember(at=AT, out=out, sha256="")
    for hours, state in ((1, "ok"), (40, "mind"), (24 * 9, "bad")):
        assert doctor.backups(at=AT + timedelta(hours=hours)).state == state
    out.unlink()
    assert doctor.backups(at=AT + timedelta(hours=1)).state == "mind"
    kept.unlink()


def test_files_open_to_others_are_found(tmp_path: Path, server: Path) -> None:
    from django.test import override_settings

    from duecourse import doctor

    tmp_path.chmod(0o700)
    (tmp_path / "secret_key").touch(mode=0o600)
    with override_settings(HOME=tmp_path):
        assert doctor.files().state == "ok"
        tmp_path.chmod(0o755)
        assert doctor.files().state == "mind"
        (tmp_path / "secret_key").chmod(0o640)
        assert doctor.files().state == "bad"
        assert str(tmp_path / "secret_key") in doctor.files().to_do


def test_a_full_disk_a_clock_astray_and_mail_that_others_read_are_found(
    book: dict[str, int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from django.test import override_settings

    from duecourse import clock, doctor

    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=5))
    assert states()["clock"][0] == "bad"
    monkeypatch.setattr(doctor, "DISK_BAD", 2**62)
    assert states()["disk"][0] == "bad"
    routes = tmp_path / "channels.toml"
    routes.write_text('[[route]]\nname = "mail"\nchannel = "email"\nhost = "mail.example"\nsender = "a@b.example"\n'
                      'security = "none"\n')  # fmt: skip
    with override_settings(CHANNELS=str(routes)):
        assert "readable" in states()["messages"][1]
        routes.write_text(routes.read_text().replace("none", "starttls"))
        assert states()["messages"] == ("ok", "")


def test_tables_that_are_behind_or_ahead_are_found(db_copy: str, book: dict[str, int]) -> None:
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('duecourse', '9999_later', now())")
        assert states()["tables"][0] == "bad"
        cursor.execute("DELETE FROM django_migrations WHERE name = '9999_later' OR name = '0034_roles'")
    told = states()
    assert told["tables"] == ("bad", "run `duecourse migrate`")
    assert "sealed days" not in told


def test_the_application_as_owner_and_a_server_that_is_gone_are_found(
    book: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import connections

    app, owner = connections["default"], connections["owner"]
    before = dict(app.settings_dict)
    for changes, said in (
        ({"USER": owner.settings_dict["USER"], "PASSWORD": owner.settings_dict["PASSWORD"]}, "owns nothing"),
        ({"PORT": "1"}, "start it"),
    ):
        app.close()
        app.settings_dict.update(changes)
        try:
            state, to_do = states()["database"]
        finally:
            app.close()
            app.settings_dict.update(before)
        assert state == "bad"
        assert said in to_do


def test_the_command_answers_a_program_and_fails_where_something_is_bad(
    book: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.conf import settings

    from duecourse import clock
    from duecourse.cli import main

    monkeypatch.setattr(clock, "now", lambda: AT)
    told = CliRunner().invoke(main, ["doctor", "--json"])
    found = json.loads(told.stdout)
    assert {"what": "sealed days", "state": "ok", "said": "through 2005-06-09, 1 day ago", "to_do": ""} in found[
        "found"
    ]
    assert (told.exit_code, found["ok"]) == (1, False)  # the clock is years from the database's
    for key in (settings.SECRET_KEY, *settings.PII_KEYS):
        assert key not in told.stdout
    shown = CliRunner().invoke(main, ["doctor"])
    assert "what to do" in shown.stdout
    assert shown.exit_code == 1


def test_a_home_that_cannot_be_written_is_told_in_the_same_way(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    command = [sys.executable, "-c", "from duecourse.cli import main; main()", "doctor", "--json"]
    import os

    surroundings = {name: told for name, told in os.environ.items() if not name.startswith("DATABASE_")}
    surroundings["DUECOURSE_HOME"] = str(tmp_path / "file")
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "home_not_writable" in json.loads(done.stdout)["found"][0]["said"]
