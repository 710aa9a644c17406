"""What is pure: what is asked, what came back, what it is worth, what it proves, and the record of it.

It imports no clock, no file, no network, no chance and no other layer. Hands out values to all of them.
"""
