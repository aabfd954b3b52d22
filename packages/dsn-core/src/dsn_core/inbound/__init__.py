"""Inbound: what a service tells us later, by webhook or when asked; links that people follow."""
