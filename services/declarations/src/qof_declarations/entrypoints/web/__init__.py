"""Pages for practices, commissioners, finance and the national team: one more way into the same handlers."""
