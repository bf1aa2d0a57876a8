"""Every setting of the owner's, typed and checked."""
