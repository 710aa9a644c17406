"""What the user configured, checked: one model of all settings, and the lines `domain = 0.10`.

May be imported by evidence and all that comes after it. Hands out `Settings`, `DomainLimits`.
"""
