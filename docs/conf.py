"""How Sphinx builds the documentation: `make docs`. Nothing is fetched, neither at building nor at reading."""

from __future__ import annotations

from importlib.metadata import version as installed

project = "pytest-domainsafety"
author = "The pytest-domainsafety developers"
version = release = installed(project)

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]

# The anchors that GitHub gives to headings, so that a link works here and there.
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
napoleon_google_docstring = True

html_theme = "furo"
html_title = project
html_copy_source = False

# The places in the navigation for pages that are still to come.
suppress_warnings = ["toc.empty_glob"]
