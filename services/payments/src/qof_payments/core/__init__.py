"""From points to pounds, pure: parameters, national figures, entitlements, aspiration, instructions."""
