"""Workbooks and OneRoster exports, made as programs make them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence

from openpyxl import Workbook

USERS_1_1 = (
    "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,"
    "familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password\n"
)
USERS_1_2 = (
    "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,"
    "middleName,identifier,email,sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,"
    "preferredGivenName,preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns\n"
)
ROLES_1_2 = (
    "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,"
    "orgSourcedId,userProfileSourcedId\n"
)
ORGS = "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\n"
ONE_SCHOOL = ORGS + "o1,active,,Greenhill,school,,d1\nd1,active,,The district,district,,\n"


def workbook(*sheets: Iterable[Sequence[object]], hidden: Sequence[int] = ()) -> bytes:
    """An .xlsx of these sheets, each a list of rows."""
    book = Workbook()
    for index, rows in enumerate(sheets):
        sheet = book.active if index == 0 else book.create_sheet()
        assert sheet is not None
        for row in rows:
            sheet.append(list(row))
        if index in hidden:
            sheet.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def packed(parts: Mapping[str, str | bytes], *, folder: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(f"{folder}{name}", content)
    return out.getvalue()


def user_1_1(  # one line of users.csv
    id_: str, role: str, given: str, family: str, *, agents: str = "", grades: str = "",
    email: str = "", sms: str = "", phone: str = "", status: str = "active",
) -> str:  # fmt: skip
    return (
        f'{id_},{status},,true,o1,{role},{id_},,{given},{family},,,{email},{sms},{phone},"{agents}"'
        f',"{grades}",\n'
    )


def user_1_2(
    id_: str, given: str, family: str, *, agents: str = "", grades: str = "", email: str = "",
    sms: str = "",
) -> str:  # fmt: skip
    return (
        f'{id_},active,,true,{id_},,{given},{family},,,{email},{sms},,"{agents}","{grades}",,,,,,'
        "o1,\n"
    )


def role_1_2(user: str, role: str) -> str:
    return f"r-{user},active,,{user},primary,{role},,,o1,\n"
