"""The pure core: scenarios, evidence, statistics, verdict and rendering, with no I/O of its own."""
