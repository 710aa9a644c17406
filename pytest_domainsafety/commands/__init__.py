"""What the `domain-safety` command does, a module a command: `run(arguments)` returns the exit code.

It imports shell, effects, render and core. Hands out exit codes.
"""
