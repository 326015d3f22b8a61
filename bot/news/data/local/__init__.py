"""Wordings in other languages than English: one hand-written table and one generated table for each."""
