"""The rules of streaming: what to make from a film, on which grid, with which command line, and how to prove it."""
