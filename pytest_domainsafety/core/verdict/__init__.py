"""Pass, block or inconclusive, and why: thresholds, floors, baselines and early stopping, domain by domain.

It imports evidence, bounds and what is below them. Hands out `Rules`, `DomainVerdict`, and reasons as sentences.
"""
