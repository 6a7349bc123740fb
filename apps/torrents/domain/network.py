"""Which addresses a torrent may make this server talk to: public ones. Applied to peers, trackers and web seeds."""

# First and last address of each range that is not on the public internet (RFC 6890 and its registry).
PRIVATE_RANGES: tuple[tuple[str, str], ...] = (
    ("0.0.0.0", "0.255.255.255"),  # noqa: S104 - a range that is refused, not an address that is bound
    ("10.0.0.0", "10.255.255.255"),
    ("100.64.0.0", "100.127.255.255"),
    ("169.254.0.0", "169.254.255.255"),
    ("172.16.0.0", "172.31.255.255"),
    ("192.0.0.0", "192.0.0.255"),
    ("192.168.0.0", "192.168.255.255"),
    ("198.18.0.0", "198.19.255.255"),
    ("224.0.0.0", "255.255.255.255"),
    ("::", "::"),
    ("::ffff:0:0", "::ffff:ffff:ffff"),  # IPv4 in IPv6 clothes
    ("64:ff9b::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"),  # NAT64: reaches private IPv4 through a gateway
    ("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),  # 6to4, likewise
    ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
)
LOOPBACK = "127.0.0.1"
LOOPBACK_RANGES: tuple[tuple[str, str], ...] = (("127.0.0.0", "127.255.255.255"), ("::1", "::1"))


def refused_ranges(*, is_loopback_open: bool) -> tuple[tuple[str, str], ...]:
    return PRIVATE_RANGES if is_loopback_open else PRIVATE_RANGES + LOOPBACK_RANGES
