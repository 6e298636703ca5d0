"""The pure core: commands in, facts out, state is the facts folded. No clock, no I/O."""
