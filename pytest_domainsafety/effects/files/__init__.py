"""Files that people bring or take away: scenarios, rubrics, labels, model cards; one sentence says what is wrong.

May be imported by shell and commands. Hands out parsed files, and writes whole ones.
"""
