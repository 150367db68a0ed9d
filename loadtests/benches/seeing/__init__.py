"""What does it cost to be seen? The same work with and without metrics and traces."""
