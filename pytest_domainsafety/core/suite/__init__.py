"""What is asked: scenarios, their framings, the shipped suite, and what is wrong with a file of them.

It imports the base alone. Hands out `Suite`, `Scenario`, `ItemKey`, `FRAMINGS`.
"""
