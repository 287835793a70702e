"""What `scripts/scenarios` does: plays flows that are written down as data, with people of any language and a real verifier."""
