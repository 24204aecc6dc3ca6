"""One run of training: its sources, its folder, its devices."""
