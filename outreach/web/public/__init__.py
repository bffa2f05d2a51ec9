"""Pages for parents: no sign-in, no script, light."""
