"""The screens of the console, one module for each group of them; `workers/console/app.py` lists the groups."""
