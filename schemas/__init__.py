"""What valid means: figures, rules, findings. Imports nothing of ours; light at the top, pandas only where used."""
