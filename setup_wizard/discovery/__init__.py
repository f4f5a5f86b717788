"""What the set-up finds out by asking: about NAV, its page services, and the environment of Sales."""
