"""The bar that a release has to pass, as a file that is reviewed, and whether a run's is lower.

It imports the verdict's rules and what is below them. Hands out `Bar`, `Lock` and `lowered`.
"""
