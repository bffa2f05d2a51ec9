"""A time in which nothing is sent at all, and forgetting old lines of the audit log.

Nobody may delete from the audit log; the function forgets what is older than its time to be
kept, and never anything of the last year.
"""

from django.db import migrations, models

FORGET = """
CREATE FUNCTION outreach_forget_audit(before timestamptz, most integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  WITH gone AS (
    DELETE FROM organisation_auditentry WHERE id IN (
      SELECT id FROM organisation_auditentry
      WHERE at < least(before, clock_timestamp() - interval '365 days') ORDER BY id LIMIT most)
    RETURNING 1)
  SELECT count(*) FROM gone
$$;
REVOKE EXECUTE ON FUNCTION outreach_forget_audit(timestamptz, integer) FROM PUBLIC, outreach_app;
GRANT EXECUTE ON FUNCTION outreach_forget_audit(timestamptz, integer) TO outreach_work;
REVOKE INSERT, UPDATE, DELETE ON organisation_standstill FROM outreach_app;
"""


class Migration(migrations.Migration):
    dependencies = [("organisation", "0010_staff_access")]
    operations = [
        migrations.CreateModel(
            name="Standstill",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("why", models.CharField(max_length=300)),
                ("began_at", models.DateTimeField()),
                ("began_by", models.CharField(max_length=254)),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.CharField(blank=True, max_length=254)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.Value(1),
                        condition=models.Q(("ended_at__isnull", True)),
                        name="one_standstill",
                    )
                ],
            },
        ),
        migrations.RunSQL(FORGET, "DROP FUNCTION outreach_forget_audit(timestamptz, integer)"),
    ]
