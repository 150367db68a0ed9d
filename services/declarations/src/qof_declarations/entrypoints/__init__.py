"""The ways in: HTTP and queues. They parse, call one handler and answer."""
