"""Bytes in, bytes out: TCP connections and the pty. Nothing here knows what the bytes mean."""
