"""Filters of the page templates."""
