"""What people write in tables: ``phrases`` of headings and labels, ``times``, and ``marks`` beside figures."""
