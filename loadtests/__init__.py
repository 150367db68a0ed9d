"""Year end, rehearsed: does everything that was posted arrive once, however many come at the same time?"""
