"""Batches on disk and at an endpoint: written, sent, read, and given to who asks as if each had been asked alone.

It imports endpoints, runs, traffic and the core. Hands out `Answers`.
"""
