"""What a running process shows: logs with ids and never a body, and its health."""
