"""How many extracts a second does ingest make safe, beside what a server can do at most and what is usually written?"""
