"""How titles and queries become comparable: the same function on both sides, so an index can answer."""

import unicodedata

CJK_RANGES = ((0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7AF), (0xF900, 0xFAFF))


def normalise(text: str) -> str:
    """NFKD, casefold, marks stripped, punctuation to single spaces. CJK characters become words of their own.

    Idempotent: a stored value and a typed one meet whatever way round they were written.
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return " ".join("".join(_keep(char) for char in folded).split())


def _keep(char: str) -> str:
    category = unicodedata.category(char)[0]
    if category == "M":
        return ""
    if category not in "LN":
        return " "
    return f" {char} " if _is_cjk(char) else char


def _is_cjk(char: str) -> bool:
    return any(low <= ord(char) <= high for low, high in CJK_RANGES)


def prefix_query(normalised: str) -> str:
    """A ``tsquery`` text: every word must occur, the last one (3 characters or more) as a prefix."""
    words = normalised.split()
    if not words:
        return ""
    last = f"{words[-1]}:*" if len(words[-1]) >= 3 else words[-1]
    return " & ".join([*words[:-1], last])
