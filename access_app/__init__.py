"""Who is asking, and whether the request may come from there at all."""
