"""What streaming talks to: ffmpeg and PyAV processes, finished files, the media store."""
