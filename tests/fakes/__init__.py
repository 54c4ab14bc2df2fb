"""Services that remember: what the workflows' tests compare with what should have become."""
