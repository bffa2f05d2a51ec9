"""Schools, staff, roles, senders, prices and the audit log; what people change about the installation."""
