"""Programs for the makers of this program; nothing here is shipped."""
