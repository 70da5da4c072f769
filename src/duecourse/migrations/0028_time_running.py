"""The contact gate is told of debts for which the time to sue may be over."""

from importlib.resources import files

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = (("duecourse", "0027_charge_offs"),)

    operations = (migrations.RunSQL(files("duecourse.outreach").joinpath("contact_facts.sql").read_text()),)
