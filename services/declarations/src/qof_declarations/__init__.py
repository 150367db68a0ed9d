"""Shows practices their report, takes their declaration and the commissioner's approval."""
