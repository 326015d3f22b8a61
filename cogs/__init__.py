"""Discord's side of a question: one command group a module. Never: SQL, HTTP, or a rule of meaning."""
