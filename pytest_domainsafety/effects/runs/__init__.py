"""Runs on disk: the journal of one that is under way, those that are finished, interrupted or old.

It imports the core alone. A store is a `RunStore`; hands out `Journal` and the reports of finished runs.
"""
