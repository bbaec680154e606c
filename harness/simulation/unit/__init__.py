"""The simulated unit: its line, its firmware and its output stage."""
