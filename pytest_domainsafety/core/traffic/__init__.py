"""When the next request may go: how many at once, whether an endpoint still works, what is and may be spent.

It imports evidence and what is below it. Hands out `Window`, `Breaker`, `Refusals`, `Budget`, `Progress`.
"""
