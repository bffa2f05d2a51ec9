import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("organisation", "0005_limits_of_senders")]
    operations = [
        migrations.AddField(
            model_name="sender",
            name="stand_in",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="organisation.sender",
            ),
        ),
    ]
