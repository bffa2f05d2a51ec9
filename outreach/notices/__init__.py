"""Single messages outside campaigns. Refuses to know about campaigns."""
