"""Launchable selections and their schedules. Every launch names its assets."""
