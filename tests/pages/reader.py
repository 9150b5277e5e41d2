"""A reader of pages: figures and texts by CSS selector, and the faults that no page may have."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.text.text import direction

LABELLED_BY_THEMSELVES = frozenset({"hidden", "submit", "button"})
OPEN_TO_ALL = "/verify"  # nobody is known there, so nobody else's act can be forged
WESTERN_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789", "٬,\u200f\u200e")


class Page:
    """A page, or a part of one as htmx asks for it."""

    def __init__(self, html: str) -> None:
        self._html = html
        self._tree = LexborHTMLParser(html)

    @property
    def is_whole(self) -> bool:
        return self._html.startswith("<!doctype")

    @property
    def title(self) -> str:
        return self.text("head > title")  # a drawing has titles too

    @property
    def root(self) -> dict[str, str]:
        """The attributes of the root element."""
        return _attributes(self.only("html"))

    @property
    def posts(self) -> list[dict[str, str]]:
        """The hidden fields of each form that posts for somebody who is signed in or has a link."""
        forms = []
        for form in self._tree.css(f"form[method=post]:not([action^='{OPEN_TO_ALL}'])"):
            fields = [_attributes(field) for field in form.css("input[type=hidden]")]
            forms.append({field.get("name", ""): field.get("value", "") for field in fields})
        return forms

    def only(self, selector: str) -> LexborNode:
        """Return the one element that the selector names."""
        elements = self._tree.css(selector)
        assert len(elements) == 1, f"{len(elements)} elements are {selector}"
        return elements[0]

    def count(self, selector: str) -> int:
        """Count the elements that the selector names."""
        return len(self._tree.css(selector))

    def text(self, selector: str) -> str:
        """Return the text of the one element that the selector names."""
        return " ".join(self.only(selector).text().split())

    def texts(self, selector: str) -> list[str]:
        """Return the text of each element that the selector names."""
        return [" ".join(element.text().split()) for element in self._tree.css(selector)]

    def attributes(self, selector: str, name: str) -> list[str]:
        """Return an attribute of each element that the selector names; "" where it has none."""
        return [_attributes(element).get(name, "") for element in self._tree.css(selector)]

    def figure(self, selector: str) -> int:
        """Return the number in the one element that the selector names, in either script."""
        return int(self.text(selector).translate(WESTERN_DIGITS))

    def figures(self, selector: str) -> dict[str, int]:
        """Return the numbers of elements with `data-figure` below the selector, by that name."""
        names = [
            _attributes(element)["data-figure"]
            for element in self._tree.css(f"{selector} [data-figure]")
        ]
        return {name: self.figure(f'{selector} [data-figure="{name}"]') for name in names}

    def check(self, language: str) -> None:
        """Fail where a title, a language, a label or a CSRF field is missing, or code is inline."""
        if self.is_whole:
            assert self.title, "a page without a title"
            assert self.root == {"lang": language, "dir": direction(language)}
        ids = [_attributes(element)["id"] for element in self._tree.css("[id]")]
        assert len(ids) == len(set(ids)), f"an id twice: {sorted(ids)}"
        assert self._fields_without_label() == []
        assert all(post.get("csrf") for post in self.posts), "a form without a CSRF field"
        assert self._inline_code() == [], "inline code, which the content security policy stops"

    def _fields_without_label(self) -> list[dict[str, str]]:
        named = {_attributes(label).get("for") for label in self._tree.css("label")}
        inside = {field.mem_id for field in self._tree.css("label input, label select")}
        inside |= {field.mem_id for field in self._tree.css("label textarea")}
        without = []
        for field in self._tree.css("input, select, textarea"):
            attributes = _attributes(field)
            needs_label = attributes.get("type") not in LABELLED_BY_THEMSELVES
            has_label = field.mem_id in inside or attributes.get("id") in named
            if needs_label and not has_label:
                without.append(attributes)
        return without

    def _inline_code(self) -> list[str]:
        code = [
            element.html or ""
            for element in self._tree.css("script, style")
            if element.text().strip()
        ]
        for element in self._tree.css("*"):
            for name in _attributes(element):
                if name == "style" or name.startswith("on"):
                    code.append(name)
        return code


def _attributes(element: LexborNode) -> dict[str, str]:
    return {name: text or "" for name, text in element.attributes.items()}
