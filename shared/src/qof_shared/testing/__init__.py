"""What tests of every service share: fakes at the ports, builders, and real servers where a test asks for them."""
