"""The way to the companies that carry our messages.

Owns one folder per provider: sending, the translation of its answers into the three
outcomes, verification and parsing of its callbacks, and looking up what it has. Refuses
retry policy, the database and any knowledge of campaigns; provider folders do not import
each other. `port` has the words, `registry` one line per provider.
"""
