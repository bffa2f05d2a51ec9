"""Amazon SES: mail out, its events in by Amazon SNS."""
