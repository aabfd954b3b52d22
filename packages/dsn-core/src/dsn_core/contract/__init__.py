"""What a plugin author reads. Knows no Django."""
