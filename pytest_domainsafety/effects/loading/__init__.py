"""Code that is there only where somebody installed or wrote it: the user's callables, optional libraries.

It imports the core alone. Hands out the callable or the library, or one sentence with the mend.
"""
