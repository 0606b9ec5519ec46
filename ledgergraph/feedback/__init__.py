"""What people said of what was read and found: events, where they come from, when to learn."""
