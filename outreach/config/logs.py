"""Logging to standard error, one line each, without personal data (promise 10).

Nobody writes an address into a log on purpose. The formatters take out what looks like one all
the same: an error of the database, or of a library, may quote the row that it is about.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from outreach.config.environment import LogFormat

_EMAIL = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
# E.164, also with the blanks and dashes in which people write it; not times, ids or ports.
_NUMBER = re.compile(r"(?<![\w.])(?:\+|00)[1-9](?:[ ()/-]?\d){6,14}(?!\w)")
# PostgreSQL quotes the values of a row that breaks a rule.
_QUOTED_ROW = re.compile(r"(Key \([^)]*\)=|Failing row contains )\(.*?\)(?=[ .]|$)", re.MULTILINE)

# Line breaks of every alphabet, and what moves the cursor of a terminal or colours it.
_CONTROLS = {
    number: ascii(chr(number)).strip("'")
    for number in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)
    if number != ord("\t")
}


def without_personal_data(text: str) -> str:
    """`text` with mail addresses, phone numbers and quoted rows taken out."""
    return _NUMBER.sub("[number]", _EMAIL.sub("[email]", _QUOTED_ROW.sub(r"\1[row]", text)))


class CarefulLine(logging.Formatter):
    """A line for people. Only a trace has several: nobody's words can look like an entry."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        return super().formatMessage(record).translate(_CONTROLS)

    def format(self, record: logging.LogRecord) -> str:
        return without_personal_data(super().format(record))


class CarefulJson(logging.Formatter):
    """A JSON object for log stores: at, level, logger, message, process, and an error's trace."""

    def format(self, record: logging.LogRecord) -> str:
        found = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "process": record.process,
        }
        if record.exc_info:
            found["trace"] = self.formatException(record.exc_info)
        cleaned = {
            name: without_personal_data(value) if isinstance(value, str) and name != "at" else value
            for name, value in found.items()
        }
        return json.dumps(cleaned, ensure_ascii=False)


def logging_settings(level: str, shape: LogFormat = LogFormat.LINE) -> dict[str, Any]:
    """The dictionary for `logging.config.dictConfig`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": CarefulLine,
                "format": "{asctime} {levelname} {name} {message}",
                "style": "{",
            },
            "json": {"()": CarefulJson},
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": shape.value}},
        "root": {"handlers": ["stderr"], "level": level.upper()},
        "loggers": {
            # Requests carry addresses in their parameters; the SDK would print them.
            "twilio.http_client": {"level": "WARNING"},
            "axes": {"level": "WARNING"},
            "apscheduler": {"level": "WARNING"},  # three lines for each sweep otherwise
        },
    }
