"""What models learn from: features, rules, labels, splits. How to learn is `models`."""
