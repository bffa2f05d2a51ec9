"""The first page: what goes out, what waits for the viewer, and how the last sends did."""
