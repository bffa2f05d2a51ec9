"""`python -m outreach.clock`: the clock process."""

from __future__ import annotations

import os

import django


def main() -> None:
    """Sets up the wiring, then runs until it is told to stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "outreach.config.settings")
    django.setup()

    import outreach.config.celery  # noqa: F401  # installs how workers are woken
    from outreach.clock.process import ClockProcess
    from outreach.config.database import work_dsn
    from outreach.config.environment import environment
    from outreach.config.start import refuse_unknown_keys

    refuse_unknown_keys()
    ClockProcess(work_dsn(environment())).run()


if __name__ == "__main__":
    main()
