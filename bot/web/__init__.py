"""The HTTP face: what others ask of the bot over the web. Off unless a public address is set."""
