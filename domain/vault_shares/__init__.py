"""Shares: logically air-gapped vaults that other accounts may look into, as AWS RAM gives them."""
