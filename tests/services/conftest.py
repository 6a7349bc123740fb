"""What several tests of services stand on."""

import pytest


@pytest.fixture
def own_store(settings, tmp_path):
    """A store with room for everything that a test puts there."""
    settings.MEDIA_ROOT = tmp_path
    settings.MEDIA_QUOTA_BYTES = 10**9
