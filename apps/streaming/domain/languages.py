"""Languages of tracks: from what files say (ISO 639, either kind, or anything at all) to a BCP 47 tag and a name."""

UNKNOWN = "und"
# tag: (names in files, name for people)
LANGUAGES: dict[str, tuple[str, str]] = {
    "ar": ("ara", "Arabic"), "bg": ("bul", "Bulgarian"), "bn": ("ben", "Bengali"), "ca": ("cat", "Catalan"),
    "cs": ("cze ces", "Czech"), "da": ("dan", "Danish"), "de": ("ger deu", "German"), "el": ("gre ell", "Greek"),
    "en": ("eng", "English"), "es": ("spa", "Spanish"), "et": ("est", "Estonian"), "fa": ("per fas", "Persian"),
    "fi": ("fin", "Finnish"), "fr": ("fre fra", "French"), "he": ("heb", "Hebrew"), "hi": ("hin", "Hindi"),
    "hr": ("hrv", "Croatian"), "hu": ("hun", "Hungarian"), "id": ("ind", "Indonesian"), "it": ("ita", "Italian"),
    "ja": ("jpn", "Japanese"), "ko": ("kor", "Korean"), "lt": ("lit", "Lithuanian"), "lv": ("lav", "Latvian"),
    "nl": ("dut nld", "Dutch"), "no": ("nor nob", "Norwegian"), "pl": ("pol", "Polish"), "pt": ("por", "Portuguese"),
    "ro": ("rum ron", "Romanian"), "ru": ("rus", "Russian"), "sk": ("slo slk", "Slovak"), "sl": ("slv", "Slovenian"),
    "sr": ("srp", "Serbian"), "sv": ("swe", "Swedish"), "th": ("tha", "Thai"), "tr": ("tur", "Turkish"),
    "uk": ("ukr", "Ukrainian"), "vi": ("vie", "Vietnamese"), "zh": ("chi zho", "Chinese"),
}  # fmt: skip
TAGS = {code: tag for tag, (codes, _) in LANGUAGES.items() for code in (tag, *codes.split())}


def language_code(language: str) -> str:
    """Two or three letters, or ``und``: what files say may be anything."""
    code = language.lower().split("-")[0]
    return code if code.isascii() and code.isalpha() and 2 <= len(code) <= 3 else UNKNOWN


def language_tag(code: str) -> str:
    """The tag browsers know: ``fre`` and ``fra`` are ``fr``."""
    return TAGS.get(code, code)


def language_name(code: str) -> str | None:
    tag = TAGS.get(code)
    return LANGUAGES[tag][1] if tag else None
