"""The simulated bench: a program of its own that the host meets only over the wire.

It imports nothing of the project but `harness.errors` and `harness.quantity`, and nobody imports it. What the host
believes about a bench and what this bench really is are written twice, each from the document.
"""
