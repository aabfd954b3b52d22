"""Capture: is it watched, does a trigger match? Then one Event row, in the user's transaction."""
