"""How a text is read: folding, skeleton spelling, places and people, exact words, a small
classifier.

Standard library only, Python 3.11 and later, so that training, Rasa and the gateway see the same
text.
"""
