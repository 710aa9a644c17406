"""From settings to a deployment and its judges: the one place that knows all kinds of them.

It imports effects and core, nothing of pytest. Hands out `Wiring`.
"""
