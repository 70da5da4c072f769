"""A refund may give several payments back: a line of commission for each."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("duecourse", "0048_facts_of_who_has_them"),)

    operations = (
        migrations.AlterField("commissionline", "entry_id", models.BigIntegerField()),
        migrations.AddConstraint(
            "commissionline",
            models.UniqueConstraint(
                fields=["entry_id", "counted_on", "by_agency"], name="recovery_commission_line_once"
            ),
        ),
    )
