"""What partners were told of an account is found by the account."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("duecourse", "0043_facts_planned_once"),)

    operations = (
        migrations.AddIndex(
            model_name="webhookevent",
            index=models.Index(fields=["account_id", "id"], name="partners_webhook_event_account"),
        ),
    )
