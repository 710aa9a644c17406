"""When the next request may go: how many at once, whether an endpoint still works, what may be spent.

It imports evidence and what is below it. Hands out `Window`, `Breaker`, `Budget`, `Progress`.
"""
