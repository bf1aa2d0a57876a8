"""Images that are stored: their keys, URLs and retention."""
