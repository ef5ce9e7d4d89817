"""Stands in for the pgvector package, which Debian doesn't have."""
