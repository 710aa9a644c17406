"""Input and output without pytest: files, endpoints, judges, and the engine that keeps requests in flight.

It imports render and core. Hands out what the shell wires together.
"""
