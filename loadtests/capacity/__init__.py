"""How many processes, connections and gigabytes does a nation take? A simulation and a sizing from measured costs."""
