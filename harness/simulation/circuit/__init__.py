"""What really flows: output stage, load, resistors, contacts, pickup; solved exactly between changes."""
