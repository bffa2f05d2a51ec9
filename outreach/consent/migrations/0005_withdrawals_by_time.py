"""Reports look for who withdrew in the days after a message."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("consent", "0004_consents_that_end")]
    operations = [
        migrations.AddIndex(
            "consent",
            models.Index(
                condition=models.Q(("act", "withdrawn")),
                fields=["at"],
                name="consent_withdrawn_at",
            ),
        ),
    ]
