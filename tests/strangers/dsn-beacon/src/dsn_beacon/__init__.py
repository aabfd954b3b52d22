"""Lights beacons when something happens in a Django project."""
