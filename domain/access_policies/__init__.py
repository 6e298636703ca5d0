"""Access policies of vaults: who may do what to a vault and what lies in it."""
