"""The record that lasts: the report of a run, of a comparison and of a second judging, written and read again.

It imports verdict, judging and what is below them, never planning. Hands out `Report`, `Comparison`.
"""
