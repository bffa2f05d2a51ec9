"""One file per command or group of commands; `outreach.cli.program` has their table."""
