"""Logging to standard error, one line each, without personal data (promise 10)."""

from __future__ import annotations

from typing import Any


def logging_settings(level: str) -> dict[str, Any]:
    """The dictionary for `logging.config.dictConfig`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"},
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level.upper()},
        "loggers": {
            # Requests carry addresses in their parameters; the SDK would print them.
            "twilio.http_client": {"level": "WARNING"},
            "axes": {"level": "WARNING"},
            "apscheduler": {"level": "WARNING"},  # three lines for each sweep otherwise
        },
    }
