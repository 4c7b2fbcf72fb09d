"""Networks and their training. torch, never scikit-learn or pandas."""
