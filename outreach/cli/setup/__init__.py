"""`outreach setup`: the files that an installation starts from.

Owns the questions, what an answer has to look like, `.env` and the folder of secrets beside
docker-compose.yml. Refuses to make a key anew that may be in use, and to change a file without
having said what changes. Needs neither Django nor a database.
"""
