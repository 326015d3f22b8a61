"""Several processes of the bot on one PostgreSQL, and what may befall them."""
