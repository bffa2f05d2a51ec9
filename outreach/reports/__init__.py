"""What campaigns came to: counts by school, language and channel, with small groups hidden.

Owns its own counts, the rule of small groups, and the story of one person for staff who look for
them. Changes no row of another room. No count is by person, and nobody learns who opened a message.
"""
