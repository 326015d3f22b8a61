"""The SQL, one file a store, one name a query: what both dialects understand, and what each has of its own."""
