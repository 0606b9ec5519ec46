"""What documents say: words, readings, records of business, rules on one document."""
