"""The calculator's rules: what a rule set is, what is wrong with counts, and what points they give. Pure."""
