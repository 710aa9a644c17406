"""Batches on disk and at an endpoint: written, sent, read back, and given to who asks as if each was asked alone.

It imports endpoints, runs, traffic and the core. Hands out `Answers`.
"""
