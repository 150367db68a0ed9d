"""What tests of declarations share: events to send, people to ask, and a database in memory at the ports."""
