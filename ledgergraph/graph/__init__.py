"""The graph: one node per thing, whoever states it; parties, bookings and duplicates among them."""
