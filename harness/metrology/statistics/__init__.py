"""Statistics that evidence is made of: each function names the document its formula stands in. Pure."""
