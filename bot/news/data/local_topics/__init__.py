"""Names and phrases of topics in other languages than English: one table for each language."""
