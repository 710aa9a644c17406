"""Runs one after the other: each domain's figures, and what changed between the runs.

It imports reports and what is below them. Hands out `History`.
"""
