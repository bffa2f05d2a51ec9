"""Django's management commands, for developers: `python -m outreach.config.manage`."""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "outreach.config.settings")
    execute_from_command_line(sys.argv)
