"""Plan, claim, send, record, reconcile; the ledger. Refuses to know what Twilio is."""
