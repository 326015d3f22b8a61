"""Pictures of numbers, drawn by matplotlib in a process of its own. Never: a look at the store, or at Discord."""
