"""The parts of Amazon SES and SNS that we use: SendEmail, configuration sets, a topic.

Owns the pretence and its signatures, of which those on requests are checked as Amazon does.
"""
