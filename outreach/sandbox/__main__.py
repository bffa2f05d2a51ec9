"""`python -m outreach.sandbox`."""

from __future__ import annotations

import sys

from outreach.sandbox.command import main

if __name__ == "__main__":
    sys.exit(main())
