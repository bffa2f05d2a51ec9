"""Addresses of the pages about people who sign in."""

from __future__ import annotations

from django.urls import path

from outreach.web.staff import account, audit, confirm, factors, links, people, sign_in

PATHS = [
    path("sign-in", sign_in.sign_in, name="sign-in"),
    path("sign-in/code", sign_in.second_step, name="sign-in-second"),
    path("sign-in/passkey", sign_in.passkey, name="sign-in-passkey"),
    path("sign-in/passkey/question", sign_in.passkey_question, name="sign-in-question"),
    path("sign-out", sign_in.sign_out, name="sign-out"),
    path("forgotten", links.forgotten, name="forgotten"),
    path("new-password/<str:token>", links.new_password, name="new-password"),
    path("welcome/<str:token>", links.welcome, name="welcome"),
    path("confirm", confirm.confirm, name="confirm"),
    path("confirm/question", confirm.confirm_question, name="confirm-question"),
    path("account", account.account, name="account"),
    path("account/password", account.password, name="account-password"),
    path("account/app/begin", factors.begin_app, name="account-app-begin"),
    path("account/app", factors.app, name="account-app"),
    path("account/app/remove", factors.drop_app, name="account-app-remove"),
    path("account/recovery-codes", factors.recovery_codes, name="account-recovery-codes"),
    path("account/passkeys/new", factors.new_passkey, name="account-passkey"),
    path("account/passkeys/question", factors.passkey_question, name="account-passkey-question"),
    path(
        "account/passkeys/<uuid:uuid>/remove", factors.drop_passkey, name="account-passkey-remove"
    ),
    path("account/sessions/end-others", account.end_others, name="account-end-others"),
    path("account/sessions/<uuid:uuid>/end", account.end_one, name="account-end-one"),
    path("staff", people.staff, name="staff"),
    path("staff/invite", people.invite, name="staff-invite"),
    path("staff/<uuid:uuid>", people.member, name="staff-member"),
    path("staff/<uuid:uuid>/roles", people.give, name="staff-give-role"),
    path("staff/<uuid:uuid>/roles/<int:number>/take", people.take, name="staff-take-role"),
    path("staff/<uuid:uuid>/close", people.close, name="staff-close"),
    path("staff/<uuid:uuid>/invite", people.again, name="staff-invite-again"),
    path("staff/<uuid:uuid>/withdraw", people.withdraw, name="staff-withdraw"),
    path("staff/<uuid:uuid>/second-factor", people.reset_factor, name="staff-reset-factor"),
    path("staff/<uuid:uuid>/sign-out", people.sign_out_everywhere, name="staff-sign-out"),
    path("audit", audit.audit, name="audit"),
    path("audit/export", audit.audit_export, name="audit-export"),
]
