"""Several deployments side by side: compliance, gaps, variance shares and the order of deployments.

It imports reports and what is below them. Hands out `StudyReport`.
"""
