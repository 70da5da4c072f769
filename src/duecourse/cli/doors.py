"""Commands that open the console: the lender's people, the server, the demo."""

from pathlib import Path

import click

from .commands import EXISTING, console, main, operator, ready


@main.group()
def staff() -> None:
    """The lender's people."""


@staff.command("add")
@click.argument("username")
@click.password_option(help="Asked for where it is not given.")
def staff_add(username: str, password: str) -> None:
    """Let a person sign in to the console and view the book; again: give a new password."""
    ready()
    from duecourse.web import staff as people

    people.admit(username=username, password=password)
    console.print(f"{username} may view the book")


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--demo", "as_demo", is_flag=True, help="Sign every visitor in as a read-only guest (loopback only).")
def serve(host: str, port: int, as_demo: bool) -> None:
    """Serve the console."""
    ready()
    from duecourse.web import serve as web

    web.serve(host=host, port=port, demo=as_demo)


@main.command()
@click.option("--data", type=EXISTING, help="A card book; else a fetched copy, a download, or the simulator.")
@click.option("--no-serve", is_flag=True, help="End after the summary.")
@click.option("--report", type=EXISTING, help="Write the summary's figures to this JSON file.")
@click.option("--port", default=8000, show_default=True)
def demo(data: Path | None, no_serve: bool, report: Path | None, port: int) -> None:
    """The main job on a real card book: import, close, age, warn, look."""
    from duecourse import demo as show

    show.run(data=data, report=report, by=operator(), ready=ready)
    if not no_serve:
        from duecourse.web import serve as web

        web.serve(host="127.0.0.1", port=port, demo=True)
