"""Reading pytest's configuration, and what other plugins answer for it by our hooks.

It imports effects, core and the shell's options. Hands out `Configuration`.
"""
