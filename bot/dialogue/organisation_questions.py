"""Is there a Libyan school here? The questions for organisations, in any spelling and script.

The organisation and "Libyan" must both be named, in a question or alone: who writes that they are
in the Libyan school, or that it was hit, asks for nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache

from nlu.language.folding import fold

MAX_QUESTION_WORDS = 18
_ORGANISATION_AR = (
    r"(?:[وبفل]?(?:ال)?(?:مدرسه|مدارس|رابطه|روابط|جمعيه|جمعيات|اتحاد|نادي|نوادي|انديه|مركز|مراكز|"
    r"مسجد|مساجد|جامع|مصلي|منظمه|منظمات|مؤسسه|موسسه|موسسات|تجمع|شبكه|غرفه|جاليه|شركات|تجار|"
    r"محلات|مطاعم))"
)
_LIBYAN_AR = r"(?:لل|ال|ل)?ليبي(?:ه|ين|ون|ات|ا)?"
_NOUN_AR = rf"{_ORGANISATION_AR}(?: \w+){{0,2}} {_LIBYAN_AR}"
_ORGANISATION_EN = (
    r"(?:schools?|associations?|societ(?:y|ies)|communit(?:y|ies)|clubs?|unions?|mosques?|"
    r"cent(?:er|re)s?|charit(?:y|ies)|organi[sz]ations?|groups?|networks?|business(?:es)?|"
    r"chambers?|restaurants?|shops?)"
)
_NOUN_EN = (
    rf"libyans?(?: (?!embass|consul)\w+){{0,2}} {_ORGANISATION_EN}"
    rf"|{_ORGANISATION_EN} (?:of|for) (?:the )?libyans?"
)
_LIBYAN_LATIN = r"(?:el ?|il ?|e)?l[iey]{1,2}b[iey]{1,2}(?:y?[ae]h?|yi?in|yeen|een|in)?"
_NOUN_LATIN = (
    r"(?:el ?)?(?:madrasa|madrsa|mdrasa|mdrsa|madrast|rabta|rabita|rabtat|jam3[iey]{1,2}[ae]t?|"
    rf"jm3[iey]a|nadi|masji?d|masjed|ete7ad|itti7ad|markaz)(?: \w+)? {_LIBYAN_LATIN}"
)
_NOUN = rf"(?:{_NOUN_AR}|{_NOUN_EN}|{_NOUN_LATIN})"
_ASKS = (
    r"(?:هل|فيه|فيش|فيها|كاين|وين|اين|فين|ايش|شن|شنو|كيف|اقرب|ابحث عن|نبحث عن|ندور|ندوروا|نلوج|نبي|"
    r"اريد|عندكم|تعرفوا|تعرف|تعرفون|توجد|يوجد|رقم|عنوان|دلوني|دلني|نسال عن|اسال عن|"
    r"is there|are there|any|where|which|wheres|nearest|closest|find|looking for|look for|"
    r"know of|know any|do you know|list of|number of|contact|address of|how (?:do|can) (?:i|we)|"
    r"i want|i need|fih|feeh|fi|win|wen|wayn|n?ebb?i|nbi|kayen|andkom|3andkom)"
)
# Alone, or with where it is: "Libyan association in Manchester".
_PLACE = (
    r"(?: (?:في|ب|بال|هنا|هني|توا|القريبه|قريبه|in|near|at|around|here|nearby|fi|hna)\b"
    r"(?: \w+){0,2})?"
)
_ALONE = re.compile(rf"(?:the |a |an )?{_NOUN}{_PLACE}")
_ASKED = re.compile(
    rf"(?:^| ){_ASKS}(?: .*)? {_NOUN}(?: |$)|(?:^| ){_NOUN} .*(?:وين|اين|فين|where)"
)
_NAMED = re.compile(rf"(?:^| ){_NOUN}(?: |$)")
# What begins a text about the writer, who is there.
_ABOUT_WRITER = re.compile(
    r"(?:انا|اني|احنا|نحن|راني|رانا|i am|im|we are|were|ana|a7na) (?!ندور|نبي|looking)"
)
_QUESTION_MARKS = ("?", "؟")


@lru_cache(maxsize=16)
def is_asked(text: str) -> bool:
    """Tell whether a clause asks for a Libyan organisation."""
    folded = " ".join(re.findall(r"\w+", fold(text)))
    if len(folded.split()) > MAX_QUESTION_WORDS or _NAMED.search(folded) is None:
        return False
    if _ABOUT_WRITER.match(folded):
        return False
    if _ALONE.fullmatch(folded) or _ASKED.search(folded):
        return True
    return text.rstrip().endswith(_QUESTION_MARKS)
