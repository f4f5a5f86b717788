"""The wizard's forms, one module per step."""
