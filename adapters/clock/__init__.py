"""Clocks: where simulated time meets the wall, or stands still."""
