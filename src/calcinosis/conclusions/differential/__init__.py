"""Is it calcinosis at all? A ranked, calibrated differential that shows its weighing."""
