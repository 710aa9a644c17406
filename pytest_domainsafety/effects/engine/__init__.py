"""Keeps up to N requests in flight beside pytest, and hands each item its trials, to xdist's workers too.

May be imported by the shell. Hands out `Engine`, `Load`, `Measurer`.
"""
