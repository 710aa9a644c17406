"""What the user reads: the header, the lines while a run is under way, and the table at the end.

It imports the gate and what is below it. Hands out plugins of pytest's terminal.
"""
