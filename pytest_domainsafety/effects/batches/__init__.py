"""Batches on disk and at an endpoint: written, sent and read back, for who asks as if each were asked alone.

It imports endpoints, runs, traffic and the core. Hands out `Answers`.
"""
