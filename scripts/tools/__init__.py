"""The code of the commands in scripts/."""
