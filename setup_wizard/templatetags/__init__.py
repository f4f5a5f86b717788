"""Tags of the assisted set-up."""
