"""The workers: what the bot does by itself, each a step that `loop.run` repeats."""
