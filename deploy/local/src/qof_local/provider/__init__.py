"""The development provider: where the people of a local stack prove who they are. Not for anything else."""
