"""Order, receipt and invoice held against each other line by line (three-way match).

Each line of an invoice is set beside the item of its order and what had come in of it,
as known on the day that the invoice arrived. Belongs here: which line is which, by how
much they differ, and whether that is within the tolerances. Not here: what becomes a
finding (datasets.line_rules, anomalies), and what models read (datasets.features).
"""
