"""Sensors: they ask what is new and request runs. Decisions are functions of the domain."""
