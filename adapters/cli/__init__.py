"""The command line. Each command's module is imported when it runs, and only then."""
