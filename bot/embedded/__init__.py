"""What Tammen brings along when nobody provides it: a private Valkey, a Rasa process, a trained
model.
"""
