"""What sources share: fetching, workbooks, pages, JSON, tidy tables, headings, and readouts of small documents."""
