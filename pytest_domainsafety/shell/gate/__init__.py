"""The gate: opens a run, gathers its evidence, takes the verdict and sets the exit code. On the controller only.

May be imported by registration and the terminal. Hands out `Gate`.
"""
