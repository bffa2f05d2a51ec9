"""Replies and cases: what people wrote, what we understood, and what a person decides."""
