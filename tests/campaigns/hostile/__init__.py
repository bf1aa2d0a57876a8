"""The campaign `hostile-upstream`: providers whose answers lie, one field at a time."""
