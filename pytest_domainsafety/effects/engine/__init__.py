"""Keeps up to N requests in flight beside pytest, and hands each item its trials, to xdist's workers too.

It imports all other effects but report files. Hands out `Engine`, `Load`, `Measurer`.
"""
