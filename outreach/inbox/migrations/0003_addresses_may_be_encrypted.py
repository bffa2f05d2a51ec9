"""Room for addresses that are encrypted; nothing is rewritten, and none is until a key is set."""

from django.db import migrations

from outreach.organisation.sealed_fields import SealedJSONField, WordsField, WrittenAddressField


class Migration(migrations.Migration):
    lint_ignores = {"changing-column-type": "a longer varchar is a change of the catalogue alone"}
    dependencies = [("inbox", "0002_door")]
    operations = [
        migrations.AlterField(
            "inboundmessage", "from_address", WrittenAddressField(max_length=320)
        ),
        migrations.AlterField("inboundmessage", "subject", WordsField(blank=True)),
        migrations.AlterField("inboundmessage", "text", WordsField(blank=True)),
        migrations.AlterField("inboundmessage", "headers", SealedJSONField(default=dict)),
    ]
