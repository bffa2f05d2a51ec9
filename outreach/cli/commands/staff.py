"""`outreach staff …`: who may sign in, and what they may do."""

from __future__ import annotations

import secrets
from dataclasses import asdict

import click

from outreach.cli.access import acting, operator
from outreach.cli.screen import json_option, print_json, print_table, say
from outreach.core.channels import Channel
from outreach.core.phones import normalise_phone
from outreach.notices.staff_letters import address_of, mail_link
from outreach.organisation import accounts
from outreach.organisation import staff as people
from outreach.organisation.audit import Actor
from outreach.organisation.models import Role, School, Staff
from outreach.organisation.schools import school_by_slug
from outreach.organisation.second_factor import take_away_factors
from outreach.organisation.sessions import end_sessions, sessions_of
from outreach.organisation.sign_in_models import StaffLink

_EMAIL = click.argument("email")
_ROLES = click.Choice([role.value for role in Role])
_SCHOOL = click.option("--school", metavar="SLUG", help="For school staff and contacts: which.")


@click.group(short_help="Invite or add staff, give roles, end sessions.")
def command() -> None:
    """Invite or add staff, give them roles, confirm their addresses, end their sessions."""


@command.command()
@_EMAIL
@click.option("--name", required=True, help="Colleagues see it next to what the person does.")
@click.option("--phone", default="", help="With its country code, like +447700900123.")
@click.option("--role", type=_ROLES, help="A first role.")
@_SCHOOL
@click.option("--generate-password", is_flag=True, help="Make one and print it, once.")
@acting("MANAGE_STAFF", or_operator=True)
def add(
    *,
    email: str,
    name: str,
    phone: str,
    role: str | None,
    school: str | None,
    generate_password: bool,
    actor: Actor,
) -> None:
    """Add a member of staff. The password is asked for, or made with --generate-password."""
    place = school_by_slug(school) if school else None
    number = normalise_phone(phone, "ZZ").e164 if phone else ""
    password = secrets.token_urlsafe(15) if generate_password else _ask_password()
    member = people.create_staff(
        email=email, name=name, password=password, phone=number, actor=actor
    )
    say(f"{member.name} can sign in as {member.email}.")
    if generate_password:
        say(f"Password: {password}")
    if role:
        _give(member, Role(role), place, actor)


@command.command()
@_EMAIL
@click.argument("role", type=_ROLES)
@_SCHOOL
@click.option("--take", is_flag=True, help="Take the role away.")
@acting("MANAGE_STAFF", or_operator=True)
def role(email: str, role: str, school: str | None, take: bool, actor: Actor) -> None:
    """Give a role, or take it away."""
    member = people.staff_by_email(email)
    place = school_by_slug(school) if school else None
    if not take:
        _give(member, Role(role), place, actor)
        return
    was_there = people.take_role(member, Role(role), school=place, actor=actor)
    words = "is no longer" if was_there else "was not"
    say(f"{member.name} {words}: {Role(role).label.lower()}.")


@command.command()
@_EMAIL
@click.option("--phone", is_flag=True, help="The phone number instead of the email address.")
@acting("MANAGE_STAFF", or_operator=True)
def verify(email: str, phone: bool, actor: Actor) -> None:
    """Confirm that an address is the person's own; test messages reach only such."""
    member = people.staff_by_email(email)
    people.verify_address(member, Channel.SMS if phone else Channel.EMAIL, actor=actor)
    say(f"{member.phone if phone else member.email} is confirmed.")


@command.command()
@_EMAIL
@click.argument("number")
@acting("MANAGE_STAFF", or_operator=True)
def phone(email: str, number: str, actor: Actor) -> None:
    """Set the phone number, with its country code. It has to be confirmed and tested anew."""
    member = people.staff_by_email(email)
    people.set_phone(member, normalise_phone(number, "ZZ").e164, actor=actor)
    say(f"{member.name}: {member.phone}.")


@command.command()
@_EMAIL
@click.option("--name", required=True, help="Colleagues see it next to what the person does.")
@click.option("--role", type=_ROLES, required=True, help="A first role.")
@_SCHOOL
@click.option("--print", "is_printed", is_flag=True, help="Print the link and send no mail.")
@acting("MANAGE_STAFF", or_operator=True)
def invite(
    *, email: str, name: str, role: str, school: str | None, is_printed: bool, actor: Actor
) -> None:
    """Invite somebody by mail; they choose their own password."""
    place = school_by_slug(school) if school else None
    invited = accounts.Invited(email, name, [(Role(role), place)])
    _hand_over(accounts.invite_staff(invited, actor=actor), actor, is_printed=is_printed)


@command.command()
@_EMAIL
@click.option("--print", "is_printed", is_flag=True, help="Print the link and send no mail.")
@acting("MANAGE_STAFF", or_operator=True)
def link(email: str, is_printed: bool, actor: Actor) -> None:
    """Make a new link: an invitation again, or for who has an account a new password."""
    member = people.any_staff_by_email(email)
    if member.is_active:
        made = accounts.reset_by(member, actor=actor)
    else:
        made = accounts.invite_again(member, actor=actor)
    _hand_over(made, actor, is_printed=is_printed)


@command.command()
@_EMAIL
@click.option("--why", required=True, help="It stands in the audit log.")
@acting("MANAGE_STAFF", or_operator=True)
def close(email: str, why: str, actor: Actor) -> None:
    """Close an account; every browser is signed out at once."""
    member = people.staff_by_email(email)
    people.close_account(member, actor=actor, why=why)
    say(f"{member.name} cannot sign in any more.")


@command.command("reset-second-factor")
@_EMAIL
@click.option("--why", required=True, help="It stands in the audit log.")
@acting("MANAGE_STAFF", or_operator=True)
def reset_second_factor(email: str, why: str, actor: Actor) -> None:
    """Take app, passkeys and recovery codes away from somebody who lost them all."""
    member = people.staff_by_email(email)
    take_away_factors(member, actor=actor, why=why)
    end_sessions(member, actor=actor, why=why)
    say(f"{member.name} signs in with the password alone until a new second factor is set up.")


@command.command()
@_EMAIL
@click.option("--end", is_flag=True, help="End them all.")
@json_option
@acting("MANAGE_STAFF", or_operator=True)
def sessions(email: str, end: bool, as_json: bool, actor: Actor) -> None:
    """Show where somebody is signed in, or end it."""
    member = people.staff_by_email(email)
    if end:
        say(f"Ended: {end_sessions(member, actor=actor, why='By command.')}.")
        return
    found = sessions_of(member)
    if as_json:
        print_json([asdict(each) for each in found])
        return
    rows = [[each.device, each.network, each.begun_at, each.seen_at] for each in found]
    headings = ["browser", "network", "signed in", "last used"]
    print_table(headings, rows, empty=f"{member.name} is signed in nowhere.")


@command.command("list")
@json_option
@operator
def list_(as_json: bool) -> None:
    """Show all staff with their roles."""
    found = Staff.objects.prefetch_related("roles__school")
    members = sorted(found, key=lambda member: member.email)
    if as_json:
        print_json([_as_dict(member) for member in members])
        return
    rows = [
        [
            member.email,
            member.name,
            ", ".join(_roles(member)) or "none",
            member.is_active,
            member.email_verified_at is not None,
        ]
        for member in members
    ]
    headings = ["signs in as", "name", "roles", "active", "email confirmed"]
    print_table(headings, rows, empty="No staff yet. Add someone: outreach staff add --help.")


def _hand_over(made: StaffLink, actor: Actor, *, is_printed: bool) -> None:
    if is_printed:
        say(address_of(made))
        return
    if mail_link(made, actor=actor) is None:
        say("There is no sender for email, so no mail can go. The link:")
        say(address_of(made))
        return
    say(f"A mail with a link goes to {made.staff.email}.")


def _ask_password() -> str:
    say("Choose a password for this person, or stop with Ctrl+C and add --generate-password.")
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer


def _give(member: Staff, role: Role, school: School | None, actor: Actor) -> None:
    is_new = people.give_role(member, role, school=school, actor=actor)
    words = "is now" if is_new else "was already"
    say(f"{member.name} {words}: {role.label.lower()}.")


def _roles(member: Staff) -> list[str]:
    return [
        f"{each.role} ({each.school.slug})" if each.school else each.role
        for each in member.roles.all()
    ]


def _as_dict(member: Staff) -> dict[str, object]:
    return {
        "email": member.email,
        "name": member.name,
        "roles": _roles(member),
        "is_active": member.is_active,
        "email_verified_at": member.email_verified_at,
        "phone_verified_at": member.phone_verified_at,
    }
