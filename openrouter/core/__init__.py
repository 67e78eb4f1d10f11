"""Requests, replies, events and errors as plain values. Nothing here does I/O or reads a clock."""
