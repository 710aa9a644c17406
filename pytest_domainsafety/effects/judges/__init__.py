"""Judges: what scores a reply. A new kind is a new module here and one branch where the shell wires a run."""
