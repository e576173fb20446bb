"""What the console and the public page share: security of pages, templates, and files that browsers fetch."""
