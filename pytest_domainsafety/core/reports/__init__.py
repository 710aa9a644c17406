"""The record that lasts: the report of a run, of a comparison and of a second judging, written and read again.

May be imported by study, render, effects and shell. Hands out `Report`, `Comparison`.
"""
