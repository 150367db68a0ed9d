"""Does OpenQOF reproduce what was really published? Reads published years and holds the cores against them."""
