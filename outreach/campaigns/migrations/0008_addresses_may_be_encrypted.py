"""Room for addresses that are encrypted; nothing is rewritten, and none is until a key is set."""

from django.db import migrations

from outreach.organisation.sealed_fields import ActorField


class Migration(migrations.Migration):
    lint_ignores = {"changing-column-type": "a longer varchar is a change of the catalogue alone"}
    dependencies = [("campaigns", "0007_kept_checks")]
    operations = [
        migrations.AlterField("campaignversion", "imported_by", ActorField(max_length=254)),
        migrations.AlterField("launchevent", "actor", ActorField(max_length=254)),
        migrations.AlterField("schoolbounds", "set_by", ActorField(max_length=254)),
        migrations.AlterField("schoolchange", "actor", ActorField(max_length=254)),
        migrations.AlterField("schoolchange", "undone_by", ActorField(max_length=254, blank=True)),
    ]
