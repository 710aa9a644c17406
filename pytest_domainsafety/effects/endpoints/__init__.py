"""What stands between us and an endpoint: its client, its answers and errors, its keys kept out of all that is shown.

May be imported by targets, judges and what is above them. Hands out `ChatEndpoint`, `Secrets`.
"""
