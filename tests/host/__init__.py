"""The suite's host project: models and signals that DSN watches."""
