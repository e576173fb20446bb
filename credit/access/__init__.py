"""Who may do what: accounts, roles and rights."""
