"""What the calculator does when an extract arrives."""
