"""Commands about the database: its tables, whether it runs, its end."""

from duecourse import embedded

from .commands import console, main, migrating_alone, ready


@main.command()
def migrate() -> None:
    """Bring the tables up to date (with DATABASE_OWNER_URL where the owner's role is another)."""
    import django
    from django.core.management import call_command

    django.setup()
    with migrating_alone():
        call_command("migrate", database="owner", verbosity=1)


@main.command()
def status() -> None:
    """Say whether the embedded database runs, where, and how far the book is closed."""
    found = embedded.status(embedded.home())
    if found is None:
        console.print(f"the database under {embedded.home()} does not run")
        return
    console.print(f"the database under {embedded.home()} runs (pid {found.pid})")
    ready()
    from duecourse.book import read

    console.print(f"last sealed day: {read.last_sealed() or 'none yet'}")


@main.command()
def stop() -> None:
    """Stop the embedded database."""
    console.print("stopped" if embedded.stop(embedded.home()) else "it did not run")
