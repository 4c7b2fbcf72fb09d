"""The thesis' figures of latent spaces and reconstructions."""
