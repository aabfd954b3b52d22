"""Engines: what makes deliveries go out after the doorbell has rung, or without it."""
