"""The rules: identity, unification, severity, clocks, standing and notices; credit.store alone knows SQL."""
