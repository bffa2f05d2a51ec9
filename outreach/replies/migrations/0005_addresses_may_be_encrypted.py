"""Room for addresses that are encrypted; nothing is rewritten, and none is until a key is set."""

from django.db import migrations

from outreach.organisation.sealed_fields import ActorField


class Migration(migrations.Migration):
    lint_ignores = {"changing-column-type": "a longer varchar is a change of the catalogue alone"}
    dependencies = [("replies", "0004_why_and_whose")]
    operations = [
        migrations.AlterField("case", "seen_by", ActorField(max_length=254, blank=True)),
        migrations.AlterField("case", "closed_by", ActorField(max_length=254, blank=True)),
    ]
