"""Contracts: what a plugin's classes must prove, as test classes to be subclassed."""
