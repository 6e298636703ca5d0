"""Where announcements go: files, webhooks, other emulators, and how far each has come."""
