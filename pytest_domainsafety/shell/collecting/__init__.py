"""Scenario files as test items, the shipped suite among them, and whether they fit what was configured.

It imports effects, core and the shell's options. Hands out `SafetyItem` and the collected `Suite`.
"""
