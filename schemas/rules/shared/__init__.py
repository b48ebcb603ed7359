"""What rule files share: ``statements`` (rules and conditions as data, light), ``evaluation`` of any rule, ``sums``."""
