"""Where messages enter the calculator."""
