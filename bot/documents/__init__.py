"""Documents: PDF (by typst) and spreadsheets, in Arabic and English, from parts that are data."""
