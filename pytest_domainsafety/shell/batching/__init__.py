"""Batches as files: what a session does that writes them in place of asking.

It imports the gate and what is below it. Hands out plugins for `registration`.
"""
