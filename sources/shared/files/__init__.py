"""Files of every usual kind as ``grids`` of texts: ``kinds`` tells them by their bytes, one reader a kind."""
