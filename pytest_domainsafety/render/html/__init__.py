"""Pages: a finished result as one HTML file that needs no network, read on a phone, on paper or aloud.

`page` puts a page together, with its policy; `charts` draws. What a page says is a template and a view of its own.
"""
