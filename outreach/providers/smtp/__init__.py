"""Any mail server that speaks SMTP: mail out, one message per recipient."""
