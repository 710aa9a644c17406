"""Files that people bring or take away: scenarios, rubrics, labels, model cards; one sentence says what is wrong.

It imports core and render. Hands out parsed files, and writes whole ones.
"""
