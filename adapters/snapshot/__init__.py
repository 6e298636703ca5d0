"""Logs that travel: facts as bytes, files of them, and JSON lines; and every older shape."""
