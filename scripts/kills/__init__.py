"""What `scripts/crash` does: worlds of real processes in which somebody is killed again and again."""
