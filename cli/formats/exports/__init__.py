"""What ``export`` writes beside CSV, and what says what it is.

``columnar`` Parquet and Arrow, ``workbook`` XLSX, ``vintages`` a column a release, ``data_package`` Frictionless,
``sdmx_csv`` with ``sdmx_structure`` (made of ``sdmx_words``), ``csv_metadata`` what stands beside a CSV file.
"""
