"""The ordered log of everything that changed, its live tail, and the socket for programs."""
