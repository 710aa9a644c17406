"""From settings to a deployment and its judges: the one place that knows all kinds of them.

May be imported by gate and commands. Hands out `Wiring`.
"""
