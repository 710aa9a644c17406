"""What stands between us and an endpoint: its client, its answers and errors, its keys kept out of all that is shown.

It imports loading, traffic and the core. Hands out `ChatEndpoint`, `Secrets`.
"""
