"""What an item says: normalising text, tagging it with topics and countries, and resolving typed hashtags.

Pure: nothing here does I/O beyond reading its own data files, and nothing here imports another room of the house.
"""
