import pytest

from apps.streaming.domain.address import Address


def test_a_file_is_opened_as_a_file_and_nothing_else():
    address = Address.of_file("/films/http://a; concat:b.mp4")
    assert address.url == "file:/films/http://a; concat:b.mp4"
    assert (address.protocols, address.file_path) == ("file", "/films/http://a; concat:b.mp4")


@pytest.mark.parametrize("url", ["http://a/b.mp4", "concat:a|b", "subfile,,start,0,end,9,,:a", "/films/a.mp4", ""])
def test_what_no_source_has_named_is_not_opened(url):
    with pytest.raises(ValueError, match="not an address"):
        _ = Address(url).protocols
