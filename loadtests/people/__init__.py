"""Who takes part in a run, and what does each do?"""
