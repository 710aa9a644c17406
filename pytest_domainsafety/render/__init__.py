"""A finished report as text. A new form is a new module here and one line where reports are written."""
