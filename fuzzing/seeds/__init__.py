"""Small files that are read rightly, made by code: what is damaged."""
