"""The language of instruments: IEEE 488.2 and SCPI-99, apart from any instrument that speaks it."""
