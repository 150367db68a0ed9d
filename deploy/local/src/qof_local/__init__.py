"""The private local stack and the demonstration: what make up, make demo and the tests start."""
