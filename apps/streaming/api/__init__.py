"""HTTP of streaming: asking to play, and the media files themselves."""
