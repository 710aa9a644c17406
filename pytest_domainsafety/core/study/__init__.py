"""The statistics of a study: what several models' finished runs say together, domain by domain."""
