"""Data files of the taggers, read through `importlib.resources`. No code lives here."""
