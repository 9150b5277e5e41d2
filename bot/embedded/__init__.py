"""What Tammen brings along when nobody provides it: Valkey, Rasa, trained models."""
