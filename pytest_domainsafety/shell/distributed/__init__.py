"""Under xdist: the controller asks, and the workers wait for their items' trials.

It imports the gate and what is below it. Hands out the plugins of both sides.
"""
