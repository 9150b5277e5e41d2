"""Is this from you? The question in a message, and the text that it asks about."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nlu.language.folding import fold

MAX_QUESTION_WORDS = 14
_SENTENCE = re.compile(r"[^\n.!?؟:؛]*[\n.!?؟:؛]*")
_THIS_AR = (
    r"(?:هذا|هذه|هذي|هدا|هدي|هاذا|هاذي|هادي|هاذه|هالرساله|هالمسج|هالكلام|هالخبر|الرساله دي|دي|"
    r"الرساله اللي|المسج اللي)"
)
_MESSAGE_AR = r"(?:الرساله|رساله|المسج|مسج|الخبر|المنشور|الاعلان|النص|التنبيه|الكلام)"
_YOURS_AR = (
    r"(?:منكم|من عندكم|متاعكم|تبعكم|بتاعكم|لكم|من طرفكم|رسالتكم|رسايلكم|كلامكم|صادر عنكم|عنكم)"
)
_OFFICE_AR = r"من (?:السفاره|القنصليه|الوزاره|الخارجيه)"
_TRUE_AR = (
    r"(?:صحيح|صحيحه|صح|صحيحين|حقيقي|حقيقيه|رسمي|رسميه|كذب|كدب|كذبه|اشاعه|مزور|مزوره|مفبرك|"
    r"مفبركه|نصب|احتيال|موثوق|موثوقه|وهمي)"
)
_THIS_EN = r"(?:this|that|it|the (?:message|text|sms|post|news|following|letter|alert))"
_US_EN = r"(?:you|tammen|the (?:\w+ )?(?:embassy|consulate|ministry))"
_TRUE_EN = r"(?:real|true|genuine|official|legit|legitimate|fake|scam|hoax|authentic|correct)"
# Words that ask whether a text is ours, with or without the text.
_STRONG = re.compile(
    "|".join(
        (
            rf"{_THIS_AR}(?: \w+){{0,3}} {_YOURS_AR}(?: |$)",
            rf"^(?:هل )?{_YOURS_AR} {_THIS_AR}(?: \w+)?$",
            rf"^هل {_THIS_AR}(?: \w+){{0,3}} {_OFFICE_AR}(?: |$)",
            rf"^(?:هل )?{_MESSAGE_AR}(?: \w+)? {_YOURS_AR}$",
            rf"(?:^| )هل (?:هو|هي) {_YOURS_AR}(?: |$)",
            r"(?:انتم|انتو)(?: اللي| الي)? (?:ارسلت|بعت|بعث|دزيت|رسلت)\w*",
            r"(?:هل )?(?:ارسلت|بعت|بعث|دزيت)\w*(?: \w+)? (?:هذا|هذه|هذي|هدا|الرساله|الكلام)",
            r"\w*(?:تحقق|تاكد)\w*(?: لي| لنا)? من (?:صحه )?(?:هذا|هذه|هذي|هال\w+|ال\w+)",
            r"\b(?:h[ae]th[aie]|h[ae]d[ai]|(?:el ?)?risala)\b(?: \w+){0,2} m[aei]?n[kq]om\b",
            r"\bm[aei]?n[kq]om h[ae](?:th|d)[aie]",
            rf"\b(?:is|was) {_THIS_EN}(?: \w+){{0,5}} (?:from|by) {_US_EN}\b",
            r"\b(?:is|was) (?:this|that|it)(?: \w+){0,2} yours\b",
            r"\b(?:did|have) you(?: \w+){0,2} (?:sen[dt]|write|post) (?:this|that|it|the)\b",
            r"\b(?:verify|authenticate) (?:this|that|the)\b",
            rf"{_MESSAGE_AR}(?: \w+){{0,2}} {_TRUE_AR}(?: |$)",
            rf"{_TRUE_AR} (?:ولا|او|والا|ام) (?:{_TRUE_AR}|لا)",
            rf"\b(?:message|text|sms|post|news)(?: \w+){{0,2}} {_TRUE_EN}\b",
            r"\byours or not\b|\bfrom you or not\b",
        )
    )
)
# Words that ask whether a text is true: about a text that comes with them, or about us.
_WEAK = re.compile(
    "|".join(
        (
            rf"{_THIS_AR}(?: \w+){{0,2}} {_TRUE_AR}(?: |$)",
            rf"(?:^| )(?:هل )?{_TRUE_AR}(?: \w+)? {_THIS_AR}",
            r"\b(?:sa7|s7i7|sahi7|sa7i7) (?:wala|walla|aw) (?:keth?b|kedb|kidb|la)\b",
            r"\bh[ae](?:th|d)[aie] (?:sa7|s7i7|sahi7|sa7i7|keth?b|kedb)\b",
            rf"\bis (?:this|that|it)(?: \w+){{0,2}} {_TRUE_EN}\b",
            r"\b(?:true or false|real or fake|fake or real|true or fake)\b",
        )
    )
)


@dataclass(frozen=True, slots=True)
class OriginQuestion:
    """A question whether a text is ours. `rest` is the message without it.

    `is_plain`: it can be about nothing but a text; otherwise it may ask about ourselves.
    """

    rest: str
    is_plain: bool


def read(text: str) -> OriginQuestion | None:
    """Find the question in a message, and return it with what else is there; None for none."""
    rest: list[str] = []
    is_asked = False
    is_plain = False
    for sentence in _SENTENCE.findall(text):
        folded = " ".join(re.findall(r"\w+", fold(sentence)))
        is_short = len(folded.split()) <= MAX_QUESTION_WORDS
        is_strong = is_short and _STRONG.search(folded) is not None
        if is_strong or (is_short and _WEAK.search(folded)):
            is_asked = True
            is_plain = is_plain or is_strong
        else:
            rest.append(sentence)
    if not is_asked:
        return None
    return OriginQuestion("".join(rest).strip(), is_plain)
