"""Judges: what scores a reply. A new kind is a new module here and one branch where the shell wires a run.

They import endpoints, traffic, loading and the core, never each other. Hands out `Judge`s, and judges many replies.
"""
