"""Languages as tables name them, as scenario files do: by code, and as people are told of them."""

from __future__ import annotations

import re
from typing import Final

ENGLISH: Final = "en"

_CODE: Final = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]+)*", re.IGNORECASE)
_SCRIPT: Final = 4
_NAMES: Final = {
    name: code
    for code, names in {
        "af": "afrikaans",
        "am": "amharic",
        "ar": "arabic",
        "az": "azerbaijani",
        "be": "belarusian",
        "bg": "bulgarian",
        "bn": "bengali,bangla",
        "bs": "bosnian",
        "ca": "catalan",
        "cs": "czech",
        "cy": "welsh",
        "da": "danish",
        "de": "german",
        "el": "greek",
        "en": "english",
        "es": "spanish",
        "et": "estonian",
        "eu": "basque",
        "fa": "persian,farsi",
        "fi": "finnish",
        "fil": "filipino",
        "fr": "french",
        "ga": "irish",
        "gl": "galician",
        "gu": "gujarati",
        "ha": "hausa",
        "he": "hebrew",
        "hi": "hindi",
        "hr": "croatian",
        "hu": "hungarian",
        "hy": "armenian",
        "id": "indonesian",
        "ig": "igbo",
        "is": "icelandic",
        "it": "italian",
        "ja": "japanese",
        "jv": "javanese",
        "ka": "georgian",
        "kk": "kazakh",
        "km": "khmer",
        "kn": "kannada",
        "ko": "korean",
        "ky": "kyrgyz",
        "la": "latin",
        "lo": "lao",
        "lt": "lithuanian",
        "lv": "latvian",
        "mk": "macedonian",
        "ml": "malayalam",
        "mn": "mongolian",
        "mr": "marathi",
        "ms": "malay",
        "mt": "maltese",
        "my": "burmese",
        "nb": "norwegian",
        "ne": "nepali",
        "nl": "dutch",
        "or": "odia",
        "pa": "punjabi",
        "pl": "polish",
        "ps": "pashto",
        "pt": "portuguese",
        "ro": "romanian",
        "ru": "russian",
        "si": "sinhala",
        "sk": "slovak",
        "sl": "slovenian",
        "so": "somali",
        "sq": "albanian",
        "sr": "serbian",
        "sv": "swedish",
        "sw": "swahili",
        "ta": "tamil",
        "te": "telugu",
        "tg": "tajik",
        "th": "thai",
        "tl": "tagalog",
        "tr": "turkish",
        "uk": "ukrainian",
        "ur": "urdu",
        "uz": "uzbek",
        "vi": "vietnamese",
        "xh": "xhosa",
        "yo": "yoruba",
        "zh": "chinese,mandarin",
        "zh-Hans": "simplified chinese",
        "zh-Hant": "traditional chinese",
        "zu": "zulu",
    }.items()
    for name in names.split(",")
}

_CODES: Final = {code: name for name, code in reversed(_NAMES.items())}
"""The first name of each."""


def language_code(text: str) -> str | None:
    """The code of a language, such as `de` or `pt-BR`; `en` for English of any region, None if it is none.

    Args:
        text: A code, a locale such as `en_US`, or an English name.
    """
    code = _NAMES.get(" ".join(text.casefold().split())) or text.strip().replace("_", "-")
    if not _CODE.fullmatch(code):
        return None
    language, *parts = code.split("-")
    if language.lower() == ENGLISH:
        return ENGLISH
    return "-".join([language.lower(), *map(_cased, parts)])


def is_english(code: str | None) -> bool:
    """Whether a language is English, of any region; where nothing says which it is, it is taken for English."""
    return code is None or code.partition("-")[0].lower() == ENGLISH


def language_name(code: str) -> str:
    """A language in words, such as `German`; one that is not known by its code: `the language 'tlh'`."""
    name = _CODES.get(code) or _CODES.get(code.partition("-")[0].lower())
    return name.title() if name else f"the language '{code}'"


def _cased(part: str) -> str:
    """A script's or region's part as it is usually written, so that one language is not taken for two."""
    return part.title() if len(part) == _SCRIPT and part.isalpha() else part.upper()
