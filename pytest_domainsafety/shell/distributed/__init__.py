"""Under xdist: the controller asks, and the workers wait for their items' trials.

May be imported by registration. Hands out the plugins of both sides.
"""
