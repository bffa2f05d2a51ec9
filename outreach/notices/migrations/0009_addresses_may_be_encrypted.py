"""Room for addresses that are encrypted; nothing is rewritten, and none is until a key is set."""

from django.db import migrations

from outreach.organisation.sealed_fields import ActorField, WordsField, WrittenAddressField


class Migration(migrations.Migration):
    lint_ignores = {"changing-column-type": "a longer varchar is a change of the catalogue alone"}
    dependencies = [("notices", "0008_webhook_endpoints")]
    operations = [
        migrations.AlterField("notice", "destination", WrittenAddressField(max_length=320)),
        migrations.AlterField("notice", "subject", WordsField(blank=True)),
        migrations.AlterField("notice", "html", WordsField(blank=True)),
        migrations.AlterField("notice", "text", WordsField()),
        migrations.AlterField("noticeevent", "actor", ActorField(max_length=254)),
    ]
