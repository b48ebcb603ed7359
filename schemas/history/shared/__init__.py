"""What the rules beside earlier releases share; none of it is a rule."""
