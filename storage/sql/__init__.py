"""The SQL of each dialect, one file a store, one name a query."""
