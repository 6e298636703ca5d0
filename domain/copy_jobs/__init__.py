"""Copy jobs: from being asked for to a recovery point in another vault, or to why there is none."""
