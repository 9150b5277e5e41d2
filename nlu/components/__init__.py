"""Rasa components that read a text as the gateway does: they share `nlu.language` with its built-in
classifier.
"""
