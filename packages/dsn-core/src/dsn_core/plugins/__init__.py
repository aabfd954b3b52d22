"""What is installed: found by entry point, kept by key, with the account values of settings."""
