"""What a person can ask for. Cogs, the terminal and, later, the web call these and nothing deeper."""
