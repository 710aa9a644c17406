"""Pages that load nothing: a template a page, a view a part of it, charts as SVG.

It imports the core and what other formats share. Hands out whole pages.
"""
