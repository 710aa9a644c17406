"""Pass, block or inconclusive, and why: thresholds, floors, baselines and early stopping, domain by domain.

May be imported by planning, reports and study. Hands out `Rules`, `DomainVerdict`, and the reason as a sentence.
"""
