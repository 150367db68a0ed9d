"""HTTP, done once: the application factory, problem details and who is asking."""
