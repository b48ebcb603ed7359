"""What ``export`` writes beside CSV: ``parquet``, ``sdmx_csv`` and the Frictionless ``data_package``."""
