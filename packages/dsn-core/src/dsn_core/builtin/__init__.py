"""Core's own messengers, templates, verbs, sources and gates: a plugin like any other."""
