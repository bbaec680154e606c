"""The TOML files that the simulation reads, with its own code."""
