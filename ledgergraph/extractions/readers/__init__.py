"""Readers: what the words of a page say, as fields with a place and a confidence.

Belongs here: the first reader, of labels, arithmetic and geometry (`page.read_page`), and
its parts: what is read after what (`flows`), lines and cells (`layout`), dates, amounts and
identifiers (`recognisers`), labels and their values (`labels`), header fields (`header`),
sums (`amounts`, `totals`, `adjustments`), tax by rate (`taxes`), names and addresses (`regions`,
`addresses`, `parties`), VAT numbers and IBANs (`accounts`), columns of the item table
(`columns`), and how sure each value is (`candidates`, `confidence`).
Not here: the words themselves (transcripts), the words of a language (languages), rows of
the item table (line_items), which reading wins (choosing).
"""
