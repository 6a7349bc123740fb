"""``torrentd`` and ``seed_file``."""
