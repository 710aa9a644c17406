"""Runs on disk: the journal of one that is under way, those that are finished, interrupted or old.

May be imported by engine, shell and commands. Hands out `Journal` and the finished runs' reports.
"""
