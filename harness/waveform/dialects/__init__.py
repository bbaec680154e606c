"""How makers of oscilloscopes write records into CSV files: one module for each way, each answers a layout or None."""
