"""What easel needs of the outside, as protocols, and small values."""
