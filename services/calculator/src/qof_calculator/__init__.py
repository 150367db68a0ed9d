"""Turns accepted extracts into QOF points, exactly."""
