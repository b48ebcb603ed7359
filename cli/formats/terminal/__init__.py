"""What only a terminal needs: ``tables`` as wide as it is, ``pager`` for what is longer."""
