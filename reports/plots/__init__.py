"""Plots as SVG: vector, text that can be searched, the same bytes for the same numbers."""
