"""What the user reads: header, live lines, table, and the report files that were asked for.

May be imported by registration. Hands out plugins of pytest's terminal.
"""
