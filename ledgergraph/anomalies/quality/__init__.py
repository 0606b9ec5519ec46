"""The report on quality: what came in lately, how well it was read, and which limits are crossed.

Pure: tables of batches and an instant in, counts, crossed limits and a page out. How
one document is judged stands in `extractions.quality`.
"""
