"""The files of a regime, `policies/regimes/<name>/`: one authority's way to assess, list, draw, remind and print."""
