"""Understanding: the language package both processes share, and the components of the Rasa project."""
