"""Retries, pace and budget: whether and when a request is sent, shared by all who ask the same endpoint.

It imports the core alone. Hands out `Retrying`, `Traffic`.
"""
