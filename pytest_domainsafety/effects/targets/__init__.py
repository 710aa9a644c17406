"""Targets: what is asked. A new kind is a new module here and one branch where the shell wires a run.

They import endpoints, loading and the core, never each other. Hands out `Target`s.
"""
