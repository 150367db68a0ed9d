"""RabbitMQ, done once: names, retries, consumers and the relay. Nothing is confirmed before commit, nothing dropped."""
