from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audience", "0001_initial")]
    operations = [
        migrations.AddField(
            model_name="person",
            name="channel",
            field=models.CharField(
                blank=True,
                choices=[("email", "Email"), ("sms", "SMS")],
                db_default="",
                default="",
                max_length=5,
            ),
        ),
    ]
