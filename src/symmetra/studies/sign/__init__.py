"""Sign-equivariant networks of eigenvectors: where they help, and where the published benchmark cannot tell."""
