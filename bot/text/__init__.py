"""Words for people: catalogues, SMS parts, and cleaning of what people write."""
