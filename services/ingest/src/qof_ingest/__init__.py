"""Accepts practice extracts from GP system suppliers and answers with a durable receipt."""
