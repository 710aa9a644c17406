"""What is wrong with scenario files: a rule a module, or a few that belong together, all in one table.

It imports suite and the base. Hands out `LintReport`.
"""
