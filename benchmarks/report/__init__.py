"""Pages and pictures from the CSVs of experiments."""
