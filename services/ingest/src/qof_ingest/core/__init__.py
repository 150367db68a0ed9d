"""What makes an extract acceptable, how its journey reads, and what a directory must look like. Pure."""
