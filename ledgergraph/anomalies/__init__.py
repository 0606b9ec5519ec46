"""What is wrong: scores, findings, their evidence, and the report."""
