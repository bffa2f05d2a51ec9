"""Staff look for a person by the name that a list has."""

from django.db import migrations, models
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    dependencies = [("audience", "0003_roster_uploads")]
    operations = [
        migrations.AddIndex("membership", models.Index(Upper("name"), name="membership_by_name")),
    ]
