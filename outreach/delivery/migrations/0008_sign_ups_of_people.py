"""Row security of the tables of signing up, and newcomers for whom a public page speaks.

A person without a membership yet, and an address without a person, could be seen and made by
nobody of role outreach_app, not even by who sees every school ('*'). Signing up makes both.
"""

from django.db import migrations

_PERSON = (
    "EXISTS (SELECT 1 FROM audience_membership m "
    "WHERE m.person_id = audience_person.id AND outreach_sees(m.school_id))"
)
_ADDRESS = (
    "EXISTS (SELECT 1 FROM audience_personaddress p "
    "WHERE p.address_id = audience_address.id AND outreach_sees(p.school_id))"
)
# outreach_sees(NULL) is true for '*' alone.
_RULES = {
    "consent_signup": "outreach_sees(school_id)",
    "consent_signupflood": "outreach_sees(school_id)",
    "consent_owndatalink": "outreach_sees(NULL)",
}


def _policies() -> str:
    return "\n".join(
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
        f"CREATE POLICY own_schools ON {table} TO outreach_app USING ({rule}) "
        f"WITH CHECK ({rule});"
        f"CREATE POLICY all_rows ON {table} TO outreach_work USING (true) WITH CHECK (true);"
        for table, rule in _RULES.items()
    )


def _widen(table: str, rule: str) -> str:
    return (
        f"ALTER POLICY own_schools ON {table} "
        f"USING (outreach_sees(NULL) OR {rule}) WITH CHECK (outreach_sees(NULL) OR {rule});"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("delivery", "0007_reserve_in_the_claim"),
        ("consent", "0002_sign_ups"),
        ("audience", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(_policies(), migrations.RunSQL.noop),
        migrations.RunSQL(_widen("audience_person", _PERSON), migrations.RunSQL.noop),
        migrations.RunSQL(_widen("audience_address", _ADDRESS), migrations.RunSQL.noop),
    ]
