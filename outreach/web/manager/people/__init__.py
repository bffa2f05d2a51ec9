"""Pages about one person: what they got, and why not."""
