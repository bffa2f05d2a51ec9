from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_initial")]
    operations = [
        migrations.AddField(
            model_name="noticeevent",
            name="actor",
            field=models.CharField(default="", max_length=254),
            preserve_default=False,
        ),
    ]
