"""Which charset a subtitle file in a language was most likely written in, when it is not Unicode.

Statistics alone take a short French text for Lithuanian; the person who sends the file says its language.
"""

from collections.abc import Sequence

WESTERN = "cp1252"
# By BCP 47 tag, the usual one first; Python's names.
CHARSETS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("ru", "uk", "bg", "sr", "be", "mk"), ("cp1251", "koi8_r", "iso8859_5")),
    **dict.fromkeys(("cs", "hr", "hu", "pl", "ro", "sk", "sl", "bs", "sq"), ("cp1250", "iso8859_2")),
    **dict.fromkeys(("et", "lt", "lv"), ("cp1257", "iso8859_13")),
    **dict.fromkeys(("ar", "fa", "ur"), ("cp1256", "iso8859_6")),
    "el": ("cp1253", "iso8859_7"),
    "tr": ("cp1254", "iso8859_9"),
    "he": ("cp1255", "iso8859_8"),
    "vi": ("cp1258",),
    "th": ("tis_620", "cp874"),
    "ja": ("cp932", "shift_jis", "euc_jp"),
    "ko": ("cp949", "euc_kr"),
    "zh": ("gb18030", "gbk", "big5", "gb2312"),
}


def likely_charset(language: str, possible: Sequence[str]) -> str | None:
    """The first of the language's charsets that the bytes could be in; None to trust the statistics."""
    wanted = CHARSETS.get(language, (WESTERN, "iso8859_15", "latin_1"))
    return next((charset for charset in wanted if charset in possible), None)
