"""Default rights of the database roles, before the first table exists."""

from django.db import migrations

RIGHTS = """
GRANT USAGE ON SCHEMA public TO outreach_app, outreach_work;
ALTER DEFAULT PRIVILEGES IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO outreach_app, outreach_work;
ALTER DEFAULT PRIVILEGES IN SCHEMA public
  GRANT USAGE, SELECT ON SEQUENCES TO outreach_app, outreach_work;
-- Made by Django before the first migration, so before these defaults.
GRANT SELECT ON django_migrations TO outreach_app, outreach_work;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA public
  GRANT EXECUTE ON FUNCTIONS TO outreach_app, outreach_work;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    run_before = [
        ("contenttypes", "0001_initial"),
        ("auth", "0001_initial"),
        ("inbox", "0001_initial"),
    ]
    operations = [migrations.RunSQL(RIGHTS, migrations.RunSQL.noop)]
