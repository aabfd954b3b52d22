"""From a queued Delivery to an outcome: claimed, rendered, sent, recorded, rescued."""
