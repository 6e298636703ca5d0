"""Adapters: everything that has to do with the world outside the domain."""
