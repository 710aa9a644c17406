"""Scenario files as test items, the shipped suite among them, and whether they fit what was configured.

May be imported by gate, xdist's side and the terminal. Hands out `SafetyItem` and the collected `Suite`.
"""
