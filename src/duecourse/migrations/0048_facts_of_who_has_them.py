"""What few people have is asked only of those who may have it, when the contact gate asks about one person."""

from importlib.resources import files

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = (("duecourse", "0047_staff_roles"),)

    operations = tuple(
        migrations.RunSQL(files("duecourse.outreach").joinpath(name).read_text())
        for name in ("contact_facts.sql", "contact_breaches.sql")
    )
