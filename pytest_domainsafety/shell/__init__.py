"""The pytest side: options, items, the ledger of evidence, the gate, xdist and the terminal."""
