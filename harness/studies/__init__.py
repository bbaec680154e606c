"""Studies: the harness's claims about its own decisions and uncertainties, tried many times against theory."""
