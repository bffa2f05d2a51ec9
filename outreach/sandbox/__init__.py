"""A stand-in Twilio, Vonage, SendGrid and Amazon SES, in a process of its own.

Owns an HTTP server that speaks the parts of both APIs that we use, keeps what
was sent in memory, signs and posts callbacks with the providers' retry habits,
shows phones and mailboxes to look at and reply from, and fails when told to.
Refuses to import any room but core, so that what the adapters are tested against
cannot share a mistake with them.
"""
