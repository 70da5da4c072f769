"""Serving the pages: granian with the WSGI application; static files by granian itself."""

import multiprocessing
import os
import socket
import threading
from ipaddress import ip_address
from pathlib import Path

from duecourse import clock

STEP = 0.05
"""Seconds between two looks whether the server listens."""


class Refused(Exception):
    """A server that may not or cannot start; the message says what to do."""

    code = "refused"


class PortInUse(Refused):
    code = "port_in_use"


class BadAddress(Refused):
    code = "bad_address"


class DemoNotOnLoopback(Refused):
    """A demo lets everybody in, so nobody but this machine may reach it."""

    code = "demo_not_on_loopback"


def serve(*, host: str = "127.0.0.1", port: int = 8000, demo: bool = False, workers: int = 1) -> None:
    """Serve until Ctrl-C or SIGTERM. Refuses an address that cannot be had, and a demo beyond this machine."""
    demo = demo or os.environ.get("DUECOURSE_DEMO") == "1"
    if demo and not is_loopback(host):
        raise DemoNotOnLoopback(f"a demo signs everybody in and is served on 127.0.0.1 alone, not on {host}")
    require_free(host, port)
    os.environ["DUECOURSE_DEMO"] = "1" if demo else "0"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "duecourse.settings")
    threading.Thread(target=tell_when_heard, args=(host, port), daemon=True).start()
    # Workers begin afresh: a fork would keep the settings and the connections of the command that serves.
    multiprocessing.set_start_method("spawn", force=True)
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    Granian(
        "duecourse.web.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=4,
        websockets=False,
        log_level=LogLevels.warning,
        workers_kill_timeout=5,
        static_path_route=["/static"],
        static_path_mount=[Path(__file__).parent / "static"],
        static_path_expires=7 * 24 * 60 * 60,
    ).serve()


def tell_when_heard(host: str, port: int) -> None:
    """Print where the pages are as soon as somebody listens there."""
    while True:
        try:
            with socket.create_connection((host, port), timeout=5):
                break
        except OSError:
            clock.wait(STEP)
    print(f"the pages are at http://{host}:{port}/ (Ctrl-C ends)", flush=True)


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own and reaches no further."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def require_free(host: str, port: int) -> None:
    """Refuse an address on which something listens already, or that is not this machine's."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(place)
    except (OSError, OverflowError) as fault:
        if isinstance(fault, OSError) and fault.errno in (98, 48, 10048):
            raise PortInUse(
                f"port {port} on {host} is in use: stop what listens there, or choose another port"
            ) from fault
        raise BadAddress(f"cannot listen on {host}:{port}: {fault}") from fault
