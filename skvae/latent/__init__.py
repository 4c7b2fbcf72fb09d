"""Latent rules: where new latent vectors come from."""
