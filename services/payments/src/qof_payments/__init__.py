"""Turns points into pounds and instructs payment of approved declarations."""
