"""When the next request may go: how many at once, whether an endpoint still works, what may be spent.

May be imported by effects and shell; no later room of the core needs it. Hands out `Window`, `Breaker`, `Budget`.
"""
