"""Mail to administrators about a webhook endpoint that does not answer."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0007_mail_to_staff"),
    ]

    operations = [
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("stop_confirmation", "Confirmation of a stop"),
                    ("start_confirmation", "Confirmation of coming back"),
                    ("help_reply", "Answer to HELP"),
                    ("test_send", "Test message to staff"),
                    ("join_confirmation", "Question whether a sign-up is meant"),
                    ("invitation", "Invitation in a school's name"),
                    ("consent_receipt", "Receipt of a consent"),
                    ("own_data_link", "Link to what we hold"),
                    ("crisis_help", "Help lines for somebody in distress"),
                    ("crisis_alert", "Alert about a call for help"),
                    ("test_alert", "Test of the alert about a call for help"),
                    ("case_reminder", "Reminder of replies that wait for a decision"),
                    ("cap_warning", "Warning that a spending cap is nearly reached"),
                    ("hook_failing", "Warning that a webhook endpoint does not answer"),
                    ("sign_up_alert", "Alert to staff about a flood of sign-ups"),
                    ("staff_invitation", "Invitation of staff"),
                    ("password_reset", "Link for a new password"),
                ],
                max_length=20,
            ),
        ),
    ]
