"""`outreach up`: the whole installation on one machine, as processes of one supervisor.

Owns the embedded servers, the table of processes, the generated secrets of the
demo and the time-lapse clock's memory. Refuses logic of the product: it starts the
same commands that `docker-compose.yml` starts.
"""
