"""The functions behind ``nn.functional`` that are more than a declared operator."""
