"""Doors to the outside, chosen by URL. What lies behind one is no business of the domain."""
