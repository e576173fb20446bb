"""Papers: from data and an authority's templates to PDF, DOCX and XLSX.

The wording is the templates' alone: each block of `policies/papers/look.typ` prints itself and leaves a part behind,
of which the files to edit and to sort are written.
"""
