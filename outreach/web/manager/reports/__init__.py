"""Pages of reports: what campaigns came to."""
