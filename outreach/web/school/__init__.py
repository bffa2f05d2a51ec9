"""Pages on which a school brings its parents in: upload, columns, mending, confirming, the year.

Everybody works on the schools that they may change the audience of, and on no other.
"""
