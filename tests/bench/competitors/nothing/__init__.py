"""A function that does nothing: what Python and AWS's runtime client cost by themselves."""
