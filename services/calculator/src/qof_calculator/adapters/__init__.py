"""What the calculator reads and writes: rule-set files, tables, the database."""
