"""The whole set-up as one readable file: written, compared, and applied."""
