"""What `scripts/fuzz` begins with."""
