"""A regime 评价制度 as files: what the folder of an authority's assessment may say, one module for each file."""
