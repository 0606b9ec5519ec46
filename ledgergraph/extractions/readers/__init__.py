"""Readers: what the words of a page say, as fields with a place and a confidence.

Belongs here: the first reader, of labels, arithmetic and geometry (`page.read_page`), and
the parts it is made of: lines and cells (`layout`), recognisers of dates, amounts and
identifiers (`recognisers`), labels and their values (`labels`), header fields (`header`),
totals (`totals`), parties (`parties`), and how sure each is (`confidence`).
Not here: the words themselves (transcripts), the words of a language (languages), rows of
the item table (line_items), which reading wins (choosing).
"""
