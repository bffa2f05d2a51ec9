"""Room for addresses that are encrypted; nothing is rewritten, and none is until a key is set."""

from django.db import migrations

from outreach.organisation.sealed_fields import (
    ActorField,
    AddressField,
    MatchKeyField,
    SealedCharField,
    SealedJSONField,
)


class Migration(migrations.Migration):
    lint_ignores = {"changing-column-type": "a longer varchar is a change of the catalogue alone"}
    dependencies = [("audience", "0004_find_by_name")]
    operations = [
        migrations.AlterField("address", "value", AddressField(max_length=320)),
        migrations.AlterField("address", "match_key", MatchKeyField(max_length=320)),
        migrations.AlterField("rosterupload", "uploaded_by", ActorField(max_length=254)),
        migrations.AlterField(
            "rosterupload", "confirmed_by", ActorField(max_length=254, blank=True)
        ),
        migrations.AlterField(
            "rosterupload", "failure", SealedCharField(max_length=400, blank=True)
        ),
        migrations.AlterField("rostercolumns", "meanings", SealedJSONField(default=dict)),
        migrations.AlterField("rostercolumns", "changed_by", ActorField(max_length=254)),
    ]
