"""What a user would write instead: the same three doors, each as its own documentation shows.

Each folder is copied whole beside its packages. They do less than ours: no validation, no settling, no merging.
"""
