"""Files and folders, with the standard library alone."""
