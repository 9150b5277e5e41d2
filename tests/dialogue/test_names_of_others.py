"""The name of somebody else in what the writer tells of them."""

from __future__ import annotations

import pytest

from bot.dialogue import names_of_others
from bot.messages import Entity
from nlu.language import gazetteer
from nlu.language.reading import statements


def found(text: str) -> str | None:
    entities: list[Entity] = []
    for mention in gazetteer.find(text):
        span = (mention.start, mention.end)
        entities.append(Entity(mention.entity, mention.value, text[slice(*span)], *span))
    return names_of_others.find(text, entities, statements.read(text, None))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("خوي سالم الورفلي مفقود من امس", "سالم الورفلي"),
        ("أختي مريم لا ترد على الهاتف", "مريم"),
        ("my brother Salem Werfalli is missing in Khartoum", "Salem Werfalli"),
        ("his name is Osama and he is 30", "Osama"),
        ("اسمه عبدالرزاق بن عيسى عمره 30", "عبدالرزاق بن عيسى"),
        ("her name is Zlatka Petrova, she is my wife", "Zlatka Petrova"),
        ("5ouy esmah Mohamed Swehli", "Mohamed Swehli"),
        ("خديجة المنتصر، آخر مرة كانت في حي الرياض", "خديجة المنتصر"),
        ("a friend called Omar Haddad is trapped", "Omar Haddad"),
        ("they called, all of them are fine", None),
        ("my son was taken by the police", None),
        ("خوي سالم", None),
        ("أمي في المستشفى", None),
        ("my mother is hurt", None),
    ],
)
def test_the_name_of_somebody_else_is_taken(text: str, name: str | None) -> None:
    assert found(text) == name
