"""Does a nation ten times as large take ten times as long? From the first POST to the last signable report."""
