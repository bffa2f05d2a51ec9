"""REST for other systems. Refuses rules of its own: the same actions as the pages."""
