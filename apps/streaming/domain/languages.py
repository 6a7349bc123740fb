"""Languages of tracks: from what files say (ISO 639, either kind, BCP 47, or anything at all) to a tag and a name."""

import re
from collections.abc import Mapping

UNKNOWN = "und"
SAID = re.compile(r"([a-z]{2,3})(?:[-_]([a-z]{4}))?(?:[-_]([a-z]{2}|[0-9]{3}))?", re.IGNORECASE | re.ASCII)
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


# Variants that films come in; of others people read the subtags.
VARIANTS: Mapping[str, str] = {
    "419": "Latin America", "AT": "Austria", "AU": "Australia", "BE": "Belgium", "BR": "Brazil", "CA": "Canada",
    "CH": "Switzerland", "CN": "China", "DE": "Germany", "ES": "Spain", "FR": "France", "GB": "United Kingdom",
    "HK": "Hong Kong", "MX": "Mexico", "PT": "Portugal", "TW": "Taiwan", "US": "United States",
    "Hans": "Simplified", "Hant": "Traditional",
}  # fmt: skip


def language_of(said: str) -> str:
    """What a file says (it may be anything) as a code of two or three letters, or ``und``; and, where it tells them,
    script and region in their usual letters: ``por``, ``pt-BR``.
    """
    match = SAID.fullmatch(said) or SAID.fullmatch(said.partition("-")[0])
    code, script, region = (part or "" for part in match.groups()) if match else ("", "", "")
    if code.lower() in {"", UNKNOWN}:
        return UNKNOWN
    return "-".join(part for part in (code.lower(), script.title(), region.upper()) if part)


def language_code(said: str) -> str:
    """Without script and region."""
    return language_of(said).partition("-")[0]


def language_tag(language: str) -> str:
    """The tag browsers know: ``fre`` and ``fra`` are ``fr``, ``por-BR`` is ``pt-BR``."""
    code, *variant = language.split("-")
    return "-".join((TAGS.get(code, code), *variant))


def language_name(language: str) -> str | None:
    code, *variant = language.split("-")
    tag = TAGS.get(code)
    if tag is None:
        return None
    name, words = LANGUAGES[tag][1], ", ".join(VARIANTS.get(part, part) for part in variant)
    return f"{name} ({words})" if words else name
