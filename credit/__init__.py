"""The rules: identity, unification, severity, clocks, assessment and notices; credit.store alone knows SQL."""
