"""Signals and decisions. No I/O anywhere in this room: values in, values out."""
