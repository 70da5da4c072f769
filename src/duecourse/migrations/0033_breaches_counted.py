"""Contacts that an agency made although a rule refuses them count as attempts again.

Migrations 28 and 32 made the functions of contact_facts.sql anew, those that contact_breaches.sql had replaced too.
"""

from importlib.resources import files

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = (("duecourse", "0032_attachments"),)

    operations = (
        migrations.RunSQL(files("duecourse.outreach").joinpath("contact_breaches.sql").read_text()),
    )
