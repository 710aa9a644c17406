"""What the user configured, checked: one model of all settings, and the lines `domain = 0.10`.

It imports suite and the base. Hands out `Settings`, `DomainLimits`.
"""
