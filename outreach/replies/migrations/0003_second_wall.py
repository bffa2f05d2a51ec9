"""The wall between schools around the rows that are a school's by way of another row.

Here and not in the rooms of the tables: replies stands above all of them, and the rules read
tables of several. Every school ('*') is asked first and once, so that pages of the organisation
pay nothing for it. tests/security says which tables have no such wall, and why.
"""

from django.db import migrations

_OF_DELIVERY = (
    "EXISTS (SELECT 1 FROM delivery_delivery d WHERE d.step_run_id = {table}.step_run_id "
    "AND d.id = {table}.delivery_id AND outreach_sees(d.school_id))"
)
_OF_ADDRESS = (
    "EXISTS (SELECT 1 FROM audience_personaddress p "
    "WHERE p.address_id = {table}.address_id AND outreach_sees(p.school_id))"
)
# Who decides about a reply ends the hold, also when the address has left the school since.
_OF_WRITER = (
    "EXISTS (SELECT 1 FROM replies_reply r "
    "WHERE r.address_id = {table}.address_id AND outreach_sees(r.school_id))"
)
_RULES = {
    "audience_addresshash": _OF_ADDRESS,
    "consent_hold": f"{_OF_ADDRESS} OR {_OF_WRITER}",
    "consent_signup_topics": "EXISTS (SELECT 1 FROM consent_signup s "
    "WHERE s.id = {table}.signup_id AND outreach_sees(s.school_id))",
    "delivery_deliveryevent": _OF_DELIVERY,
    "delivery_fallback": _OF_DELIVERY,
    "delivery_fallbackdue": _OF_DELIVERY,
    "delivery_retry": _OF_DELIVERY,
    "delivery_unknownoutcome": _OF_DELIVERY,
    "inbox_inboundmessage": "EXISTS (SELECT 1 FROM replies_reply r "
    "WHERE r.inbound_id = {table}.id AND outreach_sees(r.school_id))",
    # Tokens of providers, read by workers: no school's page asks for them.
    "inbox_providerevent": "false",
    "notices_noticeevent": "EXISTS (SELECT 1 FROM notices_notice n "
    "WHERE n.id = {table}.notice_id AND outreach_sees(n.school_id))",
    "organisation_apianswer": "EXISTS (SELECT 1 FROM organisation_apikey k "
    "WHERE k.id = {table}.key_id AND outreach_sees(k.school_id))",
    "replies_case": "EXISTS (SELECT 1 FROM replies_reply r "
    "WHERE r.id = {table}.reply_id AND outreach_sees(r.school_id))",
}

# As it was, case_id meant the reply's, so that any case in sight showed the alerts of all.
_ALERTS = (
    "EXISTS (SELECT 1 FROM replies_case c JOIN replies_reply r ON r.id = c.reply_id "
    "WHERE c.id = replies_casealert.case_id AND outreach_sees(r.school_id))"
)


def _policies() -> str:
    rules = {
        table: f"(SELECT outreach_sees(NULL)) OR {rule.format(table=table)}"
        for table, rule in _RULES.items()
    }
    return "\n".join(
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
        f"CREATE POLICY own_schools ON {table} TO outreach_app USING ({rule}) "
        f"WITH CHECK ({rule});"
        f"CREATE POLICY all_rows ON {table} TO outreach_work USING (true) WITH CHECK (true);"
        for table, rule in rules.items()
    )


class Migration(migrations.Migration):
    dependencies = [
        ("replies", "0002_calls_for_help"),
        # The newest of the tables, and outreach_sees().
        ("delivery", "0010_fall_back_and_stand_in"),
        ("consent", "0002_sign_ups"),
        ("organisation", "0012_api_answers"),
    ]
    operations = [
        migrations.RunSQL(_policies(), migrations.RunSQL.noop),
        migrations.RunSQL(
            f"ALTER POLICY own_schools ON replies_casealert "
            f"USING ({_ALERTS}) WITH CHECK ({_ALERTS});",
            migrations.RunSQL.noop,
        ),
    ]
