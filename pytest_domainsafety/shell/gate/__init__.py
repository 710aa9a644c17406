"""The gate: opens a run, gathers its evidence, takes the verdict and sets the exit code. On the controller only.

It imports collecting, configuring, wiring and what is below them, never the terminal. Hands out `Run`, `Gate`.
"""
