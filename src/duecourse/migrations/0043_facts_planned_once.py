"""What the contact gate is told of one person is planned once in a session."""

from importlib.resources import files

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = (("duecourse", "0042_turned_down"),)

    operations = tuple(
        migrations.RunSQL(files("duecourse.outreach").joinpath(name).read_text())
        for name in ("contact_facts.sql", "contact_breaches.sql")
    )
