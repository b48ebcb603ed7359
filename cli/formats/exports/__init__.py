"""What ``export`` writes beside CSV: ``columnar`` (Parquet, Arrow), ``sdmx_csv`` and the ``data_package``."""
