"""Do people wait as long as they are told? What was said at every second, held against what came true."""
