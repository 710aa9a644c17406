"""What is asked: scenarios, the framings they are put in, the shipped suite, and what is wrong with a file of them.

May be imported by all that comes after it; it knows no bounds. Hands out `Suite`, `Scenario`, `ItemKey`, `FRAMINGS`.
"""
