"""Code that is there only where somebody installed or wrote it: the user's callables, optional libraries.

May be imported by all other effects. Hands out the callable or the library, or one sentence with the mend.
"""
