"""Stored images: ids and keys, records, metadata, URLs and retention."""
