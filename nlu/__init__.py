"""Understanding: the language package that both processes share, and Rasa's components."""
