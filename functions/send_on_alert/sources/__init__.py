"""Where alerts come from: each source's own words, read as alerts."""
