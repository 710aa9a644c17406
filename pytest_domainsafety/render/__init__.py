"""What a person reads, a format a module: pure functions from a finished report to text.

It imports the core alone. Hands out lines for a terminal, Markdown, pages, annotations.
"""
