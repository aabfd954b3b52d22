"""Rendering: the words of a message for who reads it, fitted to what a messenger carries."""
