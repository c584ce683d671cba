"""Workflows: fetch, compute, record. Nothing is imported here, so that the API starts fast."""
