"""Tasks: what is to be done, in a tree, with dependencies, and what each session made of them."""
