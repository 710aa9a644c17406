"""What numbers prove: bounds, intervals and powers, pure functions of arrays of shares and of levels.

It imports no other room, and of the base only errors. Hands out p-values, bounds and intervals as floats.
"""
