"""Where a living log is kept: one module a kind of store."""
