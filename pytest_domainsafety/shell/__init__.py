"""The pytest side: options, items, the ledger of evidence, the gate, xdist and the terminal.

It imports effects, render and core. Hands out the plugin.
"""
