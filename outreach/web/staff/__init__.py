"""Pages about people who sign in: the sign-in itself, one's own account, staff, the audit log."""
