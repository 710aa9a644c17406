"""Retries, pace and budget: whether and when a request is sent, shared by all who ask the same endpoint.

May be imported by judges, engine and shell. Hands out `Retrying`, `Traffic`.
"""
