"""How rows change, whichever room changes them: states, addresses, accounts, by one clock."""
