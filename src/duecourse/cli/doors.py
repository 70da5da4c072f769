"""Commands that open the console: the lender's people, the server, the demo."""

from pathlib import Path

import click

from .commands import EXISTING, console, main, operator, ready


@main.group()
def staff() -> None:
    """The lender's people."""


@staff.command("add")
@click.argument("username")
@click.option("--role", "roles", multiple=True, required=True, help="care, recovery, risk, …; may be given again.")
@click.password_option(help="Asked for where it is not given.")
def staff_add(username: str, roles: tuple[str, ...], password: str) -> None:
    """Let a person sign in to the console in these roles and no other; again: give other roles, a new password."""
    ready()
    from duecourse.web import staff as people

    people.admit(username=username, password=password, roles=roles, by=operator(), reason="at the command line")
    console.print(f"{username} may come in as {', '.join(sorted(set(roles)))}")


@staff.command("list")
def staff_list() -> None:
    """Everybody who may come in to the console, in which roles, and whether by a second factor."""
    ready()
    from duecourse.web import second_factor
    from duecourse.web import staff as people

    having = second_factor.having()
    for one in people.members():
        second = "second factor" if one.username in having else "no second factor"
        ends = "" if one.is_active else " (may not come in)"
        console.print(f"{one.username}: {', '.join(one.roles) or 'no role'}; {second}{ends}")


@staff.command("end")
@click.argument("username")
def staff_end(username: str) -> None:
    """Let a person in no more, at once."""
    ready()
    from duecourse.web import staff as people

    people.dismiss(username=username, by=operator(), reason="at the command line")
    console.print(f"{username} may not come in")


@staff.command("reset-factor")
@click.argument("username")
@click.option("--by", required=True, help="Your own name: you give your password, and your code where you have one.")
@click.option("--reason", required=True)
def staff_reset_factor(username: str, by: str, reason: str) -> None:
    """Turn every second factor of another person off, who then signs in by password and sets up anew."""
    ready()
    from duecourse import clock
    from duecourse.web import second_factor

    user = second_factor.proven_here(
        username=by, password=click.prompt("Your password", hide_input=True),
        code=lambda: click.prompt("Your code", hide_input=True), at=clock.now(),
    )  # fmt: skip
    count = second_factor.reset(username=username, by=user, reason=reason, at=clock.now())
    console.print(f"{username}: {count} turned off")


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
