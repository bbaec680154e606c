"""Reports for pytest to load."""
