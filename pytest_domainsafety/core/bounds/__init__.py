"""What numbers prove: bounds, intervals and powers, pure functions of arrays of shares and of levels.

May be imported by every room above; imports no other room. Hands out p-values, bounds and intervals as floats.
"""
