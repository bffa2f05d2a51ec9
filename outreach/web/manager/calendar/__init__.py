"""The calendar of all sends: what goes out when, with terms and holidays behind it."""
