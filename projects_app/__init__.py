"""Projects: a name, a folder to work in, and the tasks that belong to it."""
