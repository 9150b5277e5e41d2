"""Reports: figures of the work put into words, tables and pictures, in Arabic and English."""
