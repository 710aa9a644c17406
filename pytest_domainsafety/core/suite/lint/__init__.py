"""Checking scenario files: what would stop a run, and what would make its result say less than it seems to."""
