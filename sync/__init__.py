"""What is mapped, what is coupled, what ran, and the work itself."""
