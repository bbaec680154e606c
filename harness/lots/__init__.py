"""Units beside each other: two runs compared, and all runs of a lot."""
