"""The emulated instruments, each in the dialect of one real model."""
