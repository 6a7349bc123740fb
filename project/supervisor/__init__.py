"""`make run`: prepares the machine, starts every process, heals them, and leaves nothing behind."""
