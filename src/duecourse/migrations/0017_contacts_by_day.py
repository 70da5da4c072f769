"""Contacts that were allowed, and those that came, are found by when they were made, without those that were refused."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("duecourse", "0016_hardship"),)

    operations = (
        migrations.AddIndex(
            "contactdecision",
            models.Index(fields=["at"], condition=models.Q(allowed=True), name="borrowers_decision_allowed"),
        ),
        migrations.AddIndex("inboundcontact", models.Index(fields=["at"], name="borrowers_inbound_at")),
    )
