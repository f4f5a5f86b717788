"""Every read the pages need, one module per noun. Nothing here writes."""
