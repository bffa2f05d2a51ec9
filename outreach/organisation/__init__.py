"""Schools, staff, roles, senders, prices, the audit log; what people change by hand."""
