"""Reading pytest's configuration, and what other plugins answer for it by our hooks.

May be imported by gate, wiring, planning and commands. Hands out `Configuration`.
"""
